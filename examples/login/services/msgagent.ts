// Msgagent: the service of one user who is logged in. It gives back what it is sent, after 100 ms.

import { call, commands, dispatch, exit, registerProtocol, ret, sleep, type Address } from "isonet";

const pauseTicks = 10;

let gate: Address | undefined;
let user: readonly [uid: string, subid: number] | undefined;

registerProtocol({
  name: "client",
  id: 3,
  pack: (body: Uint8Array) => body,
  unpack: (body) => [body],
});
dispatch("client", async (_session, _source, content: Uint8Array) => {
  await sleep(pauseTicks);
  ret(content);
});

commands({
  login: (source: Address, uid: string, subid: number) => {
    console.log(`${uid} is login`);
    gate = source;
    user = [uid, subid];
  },
  logout: async () => {
    console.log(`${user?.[0]} is logout`);
    if (gate !== undefined && user !== undefined) await call(gate, "lua", "logout", ...user);
    exit();
  },
  /** The connection is broken, but the user may come back. */
  afk: () => console.log("AFK"),
});
