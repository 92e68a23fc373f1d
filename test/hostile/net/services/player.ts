// Player: the agent of one client, who chats at a table, and can be made to end badly.

import {
  call,
  commands,
  dispatch,
  exit,
  ignoreRet,
  registerProtocol,
  self,
  send,
  type Address,
} from "isonet";
import { textOf } from "isonet/bytes";
import { writeFrame } from "isonet/socket";

const clientKind = 3;
const hoard: unknown[] = [];

function said(fd: number, text: string): void {
  const [word = "", value = ""] = text.split(" ");
  switch (word) {
    case "join":
      send(".hall", "lua", "join", Number(value), fd);
      writeFrame(fd, `welcome ${self()} ${fd}`);
      break;
    case "say":
      writeFrame(fd, `echo ${value}`);
      send(".hall", "lua", "say", fd, Number(value));
      break;
    case "hoard":
      for (;;) hoard.push(Array.from({ length: 1000 }).fill(hoard.length));
    case "spin":
      for (;;);
    default: // heard by nobody
  }
}

registerProtocol({ name: "client", id: clientKind, unpack: (body) => [body] });
dispatch("client", (fd, _gate, body: Uint8Array) => {
  ignoreRet();
  said(fd, textOf(body));
});

commands({
  start: ({ gate, client }: { gate: Address; client: number }) =>
    call(gate, "lua", "forward", client),
  disconnect: () => exit(),
});
