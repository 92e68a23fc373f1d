// Gated: the message server: an agent for each user who is logged in, and requests to it.

import { call, newService, rawCall, registerProtocol, self, start, type Address } from "isonet";
import * as msgserver from "isonet/msgserver";

type User = {
  readonly username: string;
  readonly agent: Address;
  readonly uid: string;
  readonly subid: number;
};

const users = new Map<string, User>();
const usersByName = new Map<string, User>();
let logind: Address;
let servername = "";
let lastSubid = 0;

async function letIn(uid: string, secret: Uint8Array): Promise<number> {
  if (users.has(uid)) throw new Error(`${uid} is already login`);
  const subid = ++lastSubid;
  const username = msgserver.username(uid, subid, servername);
  const agent = await newService("msgagent");
  if (agent === undefined) throw new Error("the agent has exited");
  await call(agent, "lua", "login", self(), uid, subid);
  const user = { username, agent, uid, subid };
  users.set(uid, user);
  usersByName.set(username, user);
  msgserver.login(username, secret);
  return subid;
}

/** By the agent, or in its place. */
async function logout(uid: string, subid: number | string): Promise<void> {
  const user = users.get(uid);
  if (user === undefined || String(user.subid) !== String(subid)) return;
  users.delete(uid);
  usersByName.delete(user.username);
  msgserver.logout(user.username);
  await call(logind, "lua", "logout", uid, subid);
}

/** By the login server. The agent's logout ends it, so its answer may be its end. */
async function kick(uid: string, subid: number | string): Promise<void> {
  const user = users.get(uid);
  if (user === undefined) return;
  await call(user.agent, "lua", "logout").catch(() => {});
  await logout(uid, subid); // an agent that has crashed logs nobody out
}

registerProtocol({ name: "client", id: 3 });

start((login: Address) => {
  logind = login;
});

msgserver.start({
  embed: true,
  loginHandler: letIn,
  logoutHandler: logout,
  kickHandler: kick,
  requestHandler: async (username, content) => {
    const user = usersByName.get(username);
    if (user === undefined) throw new Error(`${username} is logged out`);
    return rawCall(user.agent, "client", content);
  },
  registerHandler: async (name, { address, port }) => {
    servername = name;
    await call(logind, "lua", "register_gate", name, self());
    return [address, port];
  },
  disconnectHandler: (username) => {
    const user = usersByName.get(username);
    return user === undefined ? undefined : call(user.agent, "lua", "afk");
  },
});
