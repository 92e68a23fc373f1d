// Logind: who may log in, and where: one message server at a time for each user.
// The master launches slaves of this same module: `authHandler` runs there, all else in the master.

import { call, getEnv, type Address } from "isonet";
import { textOf } from "isonet/bytes";
import { base64Decode } from "isonet/crypt";
import { login } from "isonet/loginserver";

type Online = { readonly gate: Address; readonly subid: string; readonly server: string };

/** base64(user)@base64(server):base64(password) */
const tokenForm = /^([^@]+)@([^:]+):(.+)$/;
const password = "password";

const gates = new Map<string, Address>();
const online = new Map<string, Online>();
let listening: readonly [host: string, port: number] | undefined;

const commands = new Map<string, (...args: never[]) => unknown>([
  ["address", () => listening],
  ["register_gate", (server: string, gate: Address) => void gates.set(server, gate)],
  [
    "logout",
    (uid: string, subid: number) => {
      const user = online.get(uid);
      if (user?.subid !== `${subid}`) return;
      console.log(`${uid}@${user.server} is logout`);
      online.delete(uid);
    },
  ],
]);

async function letIn(server: string, uid: string, secret: Uint8Array): Promise<string> {
  console.log(`${uid}@${server} is login`);
  const gate = gates.get(server);
  if (gate === undefined) throw new Error(`Unknown server ${server}`);
  const last = online.get(uid);
  if (last !== undefined) await call(last.gate, "lua", "kick", uid, last.subid);
  if (online.has(uid)) throw new Error(`user ${uid} is already online`);
  const subid = String(await call(gate, "lua", "login", uid, secret));
  online.set(uid, { gate, subid, server });
  return subid;
}

login(async () => ({
  host: (await getEnv("host")) ?? "127.0.0.1",
  port: Number(await getEnv("loginPort")),
  authHandler: (token) => {
    const parts = tokenForm.exec(token)?.slice(1) ?? [];
    const [uid, server, given] = parts.map((part) => textOf(base64Decode(part)));
    if (uid === undefined || server === undefined) throw new Error("a token of no known form");
    if (given !== password) throw new Error("Invalid password");
    return { server, uid };
  },
  loginHandler: letIn,
  commandHandler: (name, ...args) => {
    const command = commands.get(name);
    if (command === undefined) throw new Error(`logind has no command ${name}`);
    return command(...(args as never[]));
  },
  listenHandler: (host, port) => {
    listening = [host, port];
  },
}));
