// Loginserver: users log in with keys, checked by slaves, let in by their master (snax.loginserver,
// reference §6.4).
// Guest: the library "isonet/loginserver", on isonet/socket. The same service is master or slave.
// Invariant: the first instance that has the name is the master; slaves serve nobody but it.

import {
  address,
  call,
  dispatch,
  localName,
  newService,
  register,
  retPack,
  self,
  start as startService,
  type Address,
} from "isonet";
import type * as Contract from "isonet/loginserver";
import * as socket from "isonet/socket";
import { CodedError } from "../wire/coded-error.ts";
import { gateLimits } from "../wire/gate-limits.ts";
import { addressTerms, within } from "./gateserver/gate-conf.ts";
import { Master } from "./loginserver/master.ts";
import { check } from "./loginserver/slave.ts";

type Conf = Contract.LoginConf;

export function login(given: Parameters<typeof Contract.login>[0]): void {
  startService(async (...args: unknown[]) => {
    const conf = typeof given === "function" ? await given(...args) : given;
    const name = `.${conf.name ?? "login"}`;
    const master = await localName(name);
    if (master === undefined) await beMaster(conf, name);
    else beSlave(conf, master);
  });
}

function beSlave(conf: Conf, master: Address): void {
  if (typeof conf.authHandler !== "function") throw missing("authHandler");
  dispatch("lua", async (_session, source, fd: number, peer: string) => {
    if (source !== master)
      throw new CodedError("NOT_PERMITTED", "a slave of a login server obeys its master only");
    retPack(await check(fd, peer, conf));
  });
}

async function beMaster(conf: Conf, name: string): Promise<void> {
  if (typeof conf.loginHandler !== "function") throw missing("loginHandler");
  if (typeof conf.commandHandler !== "function") throw missing("commandHandler");
  const { host = "0.0.0.0", instance = gateLimits.loginSlaves } = conf;
  const count = within("instance", instance, [1, gateLimits.loginSlavesMax]);
  const loginsMax = within("loginsMax", conf.loginsMax ?? gateLimits.loginsMax, [1, 65_536]);
  const port = within("port", conf.port, [0, 65_535]);
  await register(name);
  dispatch("lua", async (_session, _source, command: string, ...args: unknown[]) => {
    retPack(await conf.commandHandler(command, ...args));
  });
  const slaves = await launchSlaves(conf.service ?? (await ownName()), count);
  const listening = await socket.listen(host, port, {
    limits: addressTerms(conf),
    ...(conf.tls === undefined ? {} : { tls: conf.tls }),
  });
  console.log(`login server listen at : ${listening.host} ${listening.port}`);
  await socket.start(listening.id, new Master(conf, loginsMax, slaves).accept);
  await conf.listenHandler?.(listening.host, listening.port);
}

/** A slave that crashes is started again at its address. */
async function launchSlaves(name: string, count: number): Promise<Address[]> {
  const launches = Array.from({ length: count }, async () => {
    const slave = await newService({ name, restart: "on-crash" });
    if (slave !== undefined) return slave;
    throw new CodedError("SERVICE_ABORTED", `a slave of the login server, ${name}, has exited`);
  });
  return Promise.all(launches);
}

/** What the launcher calls this service. */
async function ownName(): Promise<string> {
  const titles = (await call(".launcher", "lua", "list")) as { readonly [key: string]: string };
  const [name = ""] = (titles[address(self())] ?? "").split(" ", 1);
  return name;
}

function missing(name: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", `the conf of login must have a function ${name}`);
}

({ login }) satisfies typeof Contract;
