// Master: takes the connections of a login server, has them checked by its slaves, lets users in
// and tells them (reference §6.4).
// Guest: part of "isonet/loginserver". Fed by its listener; asks its slaves.
// Invariant: a connection is closed when its result has been told, at the latest loginLingerMs
// after it; no more than `loginsMax` wait for theirs.

import { call, error as logError, timeout, type Address } from "isonet";
import type { LoginConf } from "isonet/loginserver";
import * as socket from "isonet/socket";
import { gateLimits } from "../../wire/gate-limits.ts";
import { LoginLocks } from "./login-locks.ts";
import { acceptedLine, refusalLines } from "./result-line.ts";
import type { Checked } from "./slave.ts";
import { Slaves } from "./slaves.ts";

const tickMs = 10;

export class Master {
  readonly #conf: LoginConf;
  readonly #loginsMax: number;
  readonly #slaves: Slaves<Address>;
  readonly #locks: LoginLocks;
  #logins = 0;

  constructor(conf: LoginConf, loginsMax: number, slaves: readonly Address[]) {
    this.#conf = conf;
    this.#loginsMax = loginsMax;
    this.#slaves = new Slaves(slaves);
    this.#locks = new LoginLocks({ isMultilogin: conf.multilogin === true });
  }

  /** A connection has come in. */
  readonly accept = async (fd: number, peer: string): Promise<void> => {
    if (this.#logins >= this.#loginsMax) {
      socket.closeFd(fd);
      logError(`CLIENT_REFUSED: ${this.#logins} connections log in already (loginsMax)`);
      return;
    }
    this.#logins++;
    try {
      const line = await this.#login(fd, peer);
      if (line !== undefined) socket.write(fd, line);
      // As in Skynet, it is the client who hangs up after its result; but one that does not, goes.
      if (line === undefined) socket.closeFd(fd);
      else timeout(gateLimits.loginLingerMs / tickMs, () => socket.closeFd(fd));
    } finally {
      this.#logins--;
    }
  };

  /** The result line; undefined when the connection has ended. */
  async #login(fd: number, peer: string): Promise<string | undefined> {
    try {
      const checked = await this.#check(fd, peer);
      if (checked.kind === "authorised") return await this.#letIn(fd, checked);
      logInvalid(fd, checked.text);
      return checked.kind === "refused" ? refusalLines.unauthorized : undefined;
    } catch (error) {
      logInvalid(fd, String(error));
      return undefined; // its slave has ended, and the connection with it
    }
  }

  async #check(fd: number, peer: string): Promise<Checked> {
    const to = { to: this.#slaves.next(), timeoutMs: 0 };
    return (await call(to, "lua", fd, peer)) as Checked;
  }

  async #letIn(
    fd: number,
    { server, uid, secret }: Extract<Checked, { readonly kind: "authorised" }>,
  ): Promise<string> {
    if (!this.#locks.take(uid)) {
      logInvalid(fd, `User ${uid} is already login`);
      return refusalLines.notAcceptable;
    }
    try {
      return acceptedLine(await this.#conf.loginHandler(server, uid, secret));
    } catch (error) {
      logInvalid(fd, error instanceof Error ? error.message : String(error));
      return refusalLines.forbidden;
    } finally {
      this.#locks.release(uid);
    }
  }
}

function logInvalid(fd: number, text: string): void {
  logError(`LOGIN_REFUSED: invalid client (fd = ${fd}) error = ${text}`);
}
