// Door: tells by the first bytes of a connection whether a person or an HTTP client is there.
// Shard 0. Given each connection by console.ts; hands it to text-session.ts or http-session.ts.
// Invariant: an HTTP client's bytes are never read as commands: a page that posts text to this port
// runs nothing.

import type { Isonet } from "./command.ts";
import type { HttpSessions } from "./http-session.ts";
import type { ConsoleCloseReason, ConsoleConnection, ConsolePowers } from "./powers.ts";
import { endings } from "./print.ts";
import { TextSession } from "./text-session.ts";

/**
 * A method and a space; no command of the console is in capitals. Methods have at most 16 letters.
 */
const methodPattern = /^[A-Z]{2,16} /;
const methodBeginPattern = /^[A-Z]{0,16}$/;

export class Door {
  readonly #connection: ConsoleConnection;
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  readonly #http: HttpSessions;
  readonly #forgetGreeting: () => void;
  #held: Buffer = Buffer.alloc(0);
  #session: TextSession | undefined;
  #hasSpoken = false;
  #isHttp = false;

  constructor(
    connection: ConsoleConnection,
    isonet: Isonet,
    powers: ConsolePowers,
    http: HttpSessions,
  ) {
    this.#connection = connection;
    this.#isonet = isonet;
    this.#powers = powers;
    this.#http = http;
    // An HTTP client speaks first and must not be greeted; a person waits to be.
    this.#forgetGreeting = powers.clock.after(http.greetingMs, () => {
      if (this.#held.length === 0) this.#text();
    });
    connection.open({
      onData: (chunk) => this.#onData(chunk),
      onEnd: () => this.#onEnd(),
      onClose: (reason) => this.#onClose(reason),
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#hasSpoken) {
      this.#session?.push(chunk);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    const begin = this.#held.toString("latin1", 0, 32);
    if (methodBeginPattern.test(begin)) return;
    this.#hasSpoken = true;
    if (methodPattern.test(begin)) this.#serveHttp();
    else this.#text().push(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** The text session; greets when there was none. */
  #text(): TextSession {
    this.#forgetGreeting();
    this.#session ??= new TextSession(this.#connection, this.#isonet, this.#powers);
    return this.#session;
  }

  #serveHttp(): void {
    this.#forgetGreeting();
    this.#isHttp = true;
    if (this.#session === undefined) {
      this.#http.take(this.#connection.handOver(this.#held));
      return;
    }
    // Greeted before it spoke: the client cannot read the answer as HTTP, and tries again.
    this.#connection.write(
      `This connection is in text mode: its first line came too late for HTTP\n${endings.error}\n`,
    );
    this.#connection.end();
  }

  #onEnd(): void {
    if (this.#isHttp) return;
    const session = this.#text();
    session.push(this.#held);
    session.finish();
  }

  #onClose(reason: ConsoleCloseReason): void {
    this.#forgetGreeting();
    if (this.#session === undefined) return;
    const { log } = this.#powers;
    const { peer } = this.#connection;
    if (reason.kind === "slow") {
      log(
        "warn",
        `${peer} reads too slowly: ${reason.waitingBytes} bytes wait (at most ` +
          `${reason.writeBytesMax})`,
      );
    }
    if (reason.kind === "idle")
      log("info", `${peer} gave no command for ${reason.idleMs / 1000} s`);
    log("info", `${peer} disconnect`);
  }
}
