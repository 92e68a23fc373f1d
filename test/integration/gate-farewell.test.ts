// Farewells: what an agent writes to its client before it has it closed, or ends itself, arrives.
// The agent, the watchdog and the gate are on different shards: their orders take different ways to
// the host's sockets.

import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const agent = `
import { call, commands, dispatch, exit, ignoreRet, registerProtocol, send } from "isonet";
import { textOf } from "isonet/bytes";
import { writeFrame } from "isonet/socket";
let watchdog: any;
registerProtocol({ name: "client", id: 3, unpack: (body) => [body] });
dispatch("client", (fd, _gate, body) => {
  ignoreRet();
  writeFrame(fd, "farewell");
  if (textOf(body) === "exit") exit();
  send(watchdog, "lua", "close", fd);
});
commands({
  start: (given: any) => {
    watchdog = given.watchdog;
    return call(given.gate, "lua", "forward", given.client);
  },
  disconnect: () => exit(),
});
`;

const clients = 80;
let kit: TestHost;
let port: number;

/** What a client hears who says one word: bytes to the end of the connection. */
async function talk(word: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(Buffer.concat([Buffer.of(0, word.length), Buffer.from(word)]));
  let text = "";
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    return "reset"; // that is not how a client is sent away
  }
  return text.slice(2);
}

beforeAll(async () => {
  kit = await startHost({ agent }, { shards: 3 });
  const watchdog = await kit.isonet.newService("watchdog", "agent");
  const conf = { address: "127.0.0.1", port: 0, backlog: 1024 };
  [, port] = (await kit.isonet.call(watchdog as never, "lua", "start", conf)) as [string, number];
});

afterAll(() => kit[Symbol.asyncDispose]());

test.each(["close", "exit"])("the last words of an agent before its %s arrive", async (word) => {
  const heard = await Promise.all(Array.from({ length: clients }, () => talk(word)));

  expect(heard.filter((text) => text !== "farewell")).toEqual([]);
});
