// Message server: users who are logged in, their connections, and what is done with each frame
// (reference §6.6).
// Guest: the inside of "isonet/msgserver". Fed by the gate it stands on; reaches it through `Gate`.
// Invariant: a connection is in `handshakes` until its first frame, then with its user or ended;
// every request that is executed is completed.

import { CodedError, isCodedError } from "../../wire/coded-error.ts";
import { gateLimits } from "../../wire/gate-limits.ts";
import { readUtf8, utf8Length, writeUtf8 } from "../../wire/utf8.ts";
import { Answers, type AnswersOptions, type Entry } from "./answers.ts";
import { checkHandshake } from "./handshake.ts";
import type { LuaNumber } from "./lua-number.ts";
import { answerContentBytesMax, answerFrame, readRequest } from "./request-frame.ts";

/** What the server needs of the gate under it. */
export type Gate = {
  readonly openClient: (fd: number) => void;
  readonly closeClient: (fd: number) => void;
  readonly send: (fd: number, frame: Uint8Array | string) => void;
  readonly log: (text: string) => void;
  /** Calls `handler` once after `ms`; what it returns forgets the timer. */
  readonly after: (ms: number, handler: () => void) => () => void;
};

export type ServerTerms = AnswersOptions & {
  readonly requestsMax: number;
  /** 0: for ever. */
  readonly handshakeMs: number;
  readonly onRequest: (username: string, content: Uint8Array) => unknown;
  readonly onDisconnect: (username: string) => void;
};

type User = {
  readonly name: string;
  readonly secret: Uint8Array;
  readonly answers: Answers;
  version: LuaNumber;
  /** The latest connection, as long as no connection of the user has ended since. */
  fd: number | undefined;
  ip: string | undefined;
};

type Greeting = { readonly peer: string; readonly forget: () => void };

const secretBytes = 8;
const shownBytes = 64;

export class MessageServer {
  readonly #gate: Gate;
  readonly #terms: ServerTerms;
  readonly #users = new Map<string, User>();
  /** Connections whose first frame has not come. */
  readonly #handshakes = new Map<number, Greeting>();
  readonly #connections = new Map<number, User>();

  constructor(gate: Gate, terms: ServerTerms) {
    this.#gate = gate;
    this.#terms = terms;
  }

  /** Fails with USER_ONLINE, ARGUMENT_INVALID. */
  login(username: string, secret: Uint8Array): void {
    if (this.#users.has(username))
      throw new CodedError("USER_ONLINE", `user ${username} is logged in already`);
    if (!(secret instanceof Uint8Array) || secret.length !== secretBytes) {
      const text = `the secret of ${username} must be ${secretBytes} bytes, as a login gives it`;
      throw new CodedError("ARGUMENT_INVALID", text);
    }
    const answers = new Answers(this.#terms);
    const fresh = { version: 0n, fd: undefined, ip: undefined };
    this.#users.set(username, { name: username, secret, answers, ...fresh });
  }

  /** Fails with USER_UNKNOWN. */
  logout(username: string): void {
    const user = this.#users.get(username);
    if (user === undefined)
      throw new CodedError("USER_UNKNOWN", `no user ${username} is logged in`);
    this.#users.delete(username);
    if (user.fd !== undefined && this.#connections.delete(user.fd)) this.#gate.closeClient(user.fd);
  }

  ip(username: string): string | undefined {
    const user = this.#users.get(username);
    return user?.fd === undefined ? undefined : user.ip;
  }

  connect(fd: number, peer: string): void {
    const { handshakeMs } = this.#terms;
    const onLate = (): void => this.#refuse(fd, `no handshake in ${handshakeMs} ms`);
    const forget = handshakeMs > 0 ? this.#gate.after(handshakeMs, onLate) : () => {};
    this.#handshakes.set(fd, { peer, forget });
    this.#gate.openClient(fd);
  }

  /** The connection has ended, or its client sends no more. */
  disconnect(fd: number): void {
    this.#forgetGreeting(fd);
    const user = this.#connections.get(fd);
    this.#connections.delete(fd);
    // As in Skynet also when it is an older connection that ends.
    if (user !== undefined) user.fd = undefined;
    this.#gate.closeClient(fd);
    if (user !== undefined) this.#terms.onDisconnect(user.name);
  }

  /** Resolves when the frame is dealt with. */
  async message(fd: number, frame: Uint8Array): Promise<void> {
    const greeting = this.#forgetGreeting(fd);
    if (greeting !== undefined) {
      this.#shakeHands(fd, greeting.peer, frame);
      return;
    }
    try {
      await this.#request(fd, frame);
    } catch (error) {
      const why = isCodedError(error) ? error.message : String(error);
      this.#gate.log(`Invalid package ${why} : ${shown(frame)}`);
      if (this.#connections.has(fd)) this.#gate.closeClient(fd);
    }
  }

  #forgetGreeting(fd: number): Greeting | undefined {
    const greeting = this.#handshakes.get(fd);
    this.#handshakes.delete(fd);
    greeting?.forget();
    return greeting;
  }

  #refuse(fd: number, why: string): void {
    this.#forgetGreeting(fd);
    this.#gate.log(`CLIENT_REFUSED: invalid client (fd = ${fd}) error = ${why}`);
    this.#gate.closeClient(fd);
  }

  #shakeHands(fd: number, peer: string, frame: Uint8Array): void {
    const text = readUtf8(frame, 0, frame.length);
    const verdict = checkHandshake(text, (username) => this.#users.get(username));
    this.#gate.send(fd, verdict.status);
    if (verdict.status !== "200 OK") {
      this.#gate.closeClient(fd);
      return;
    }
    const { user, index } = verdict;
    user.version = index;
    user.fd = fd;
    user.ip = peer;
    this.#connections.set(fd, user);
  }

  async #request(fd: number, frame: Uint8Array): Promise<void> {
    const user = this.#connections.get(fd);
    const request = readRequest(frame);
    if (user === undefined) throw refusal("invalid fd");
    if (request === undefined) throw refusal(`${frame.length} bytes are no request`);
    const { answers, version } = user;
    const { running } = answers;
    if (running >= this.#terms.requestsMax)
      throw refusal(`${running} requests of ${user.name} run (requestsMax)`);
    const asked = answers.ask(request.session, fd, version);
    switch (asked.kind) {
      case "conflict":
        throw refusal(`Conflict session ${request.session}`);
      case "merged":
        return;
      case "again":
        this.#send(asked.fd, asked.frame);
        return;
      case "execute":
        this.#complete(user, asked.entry, await this.#execute(user.name, request));
    }
  }

  /** The answer's frame, whatever becomes of the handler. */
  async #execute(
    username: string,
    { content, session }: { readonly content: Uint8Array; readonly session: number },
  ): Promise<Uint8Array> {
    try {
      const result = bytesIn(await this.#terms.onRequest(username, content));
      return answerFrame(result, session);
    } catch (error) {
      this.#gate.log(String(error));
      return answerFrame(undefined, session);
    }
  }

  #complete(user: User, entry: Entry, frame: Uint8Array): void {
    const fd = user.answers.complete(entry, frame, user.version);
    if (fd !== undefined) this.#send(fd, frame);
  }

  #send(fd: number, frame: Uint8Array): void {
    if (this.#connections.has(fd)) this.#gate.send(fd, frame);
  }
}

/** The defaults of what a conf leaves open. */
export const serverDefaults = {
  expiredNumber: gateLimits.expiredNumber,
  keptBytesMax: gateLimits.keptBytesMax,
  requestsMax: gateLimits.requestsMax,
  handshakeMs: gateLimits.handshakeMs,
} as const;

function refusal(text: string): CodedError {
  return new CodedError("CLIENT_REFUSED", text);
}

function bytesIn(result: unknown): Uint8Array {
  const bytes = result instanceof Uint8Array ? result : textBytes(result);
  if (bytes.length <= answerContentBytesMax) return bytes;
  const { length } = bytes;
  const text = `an answer of ${length} bytes: a frame has room for ${answerContentBytesMax}`;
  throw new CodedError("MESSAGE_TOO_LARGE", text);
}

function textBytes(result: unknown): Uint8Array {
  if (result !== undefined && typeof result !== "string")
    throw new TypeError(`a request's result is bytes or a text, not ${typeof result}`);
  const text = result ?? "";
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

function shown(frame: Uint8Array): string {
  return readUtf8(frame, 0, Math.min(frame.length, shownBytes));
}
