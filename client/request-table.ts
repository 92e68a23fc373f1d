// Request table: the requests of a message client that have no answer yet, by their sessions.
// The caller's own process. Filled by `request`, drained by the server's answers and by deadlines.
// Invariant: every request is settled once, by its answer, an error or its deadline; at most
// `windowMax` are at the server, so that its cache still has the answer of each when it is asked
// again (reference §6.6), also when connections are lost in a row.

import { CodedError } from "../wire/coded-error.ts";
import type { ClientClock } from "./client-clock.ts";

export type RequestTableOptions = {
  readonly clock: ClientClock;
  readonly windowMax: number;
  readonly requestsMax: number;
  readonly firstSession: number;
  /** Puts one request on the wire; false: not now, for want of a connection or of room in it. */
  readonly send: (frame: Uint8Array) => boolean;
};

type Pending = {
  readonly session: number;
  /** Content and session, as the server gets it. */
  readonly frame: Uint8Array;
  readonly settled: PromiseWithResolvers<Uint8Array>;
  readonly forget: () => void;
  /** On this connection or one before: it may have been executed. */
  wasSent: boolean;
};

const sessionBytes = 4;
const sessionsMax = 2 ** 32;
const answerBytesMin = 1 + sessionBytes;
/** Content of one request: a frame with a length of two bytes, less the session. */
const contentBytesMax = 0xffff - sessionBytes;

export class RequestTable {
  readonly #options: RequestTableOptions;
  /** In the order of the requests. */
  readonly #pending = new Map<number, Pending>();
  /** Those not yet sent on this connection, in the same order. */
  #waiting = new Set<Pending>();
  #session: number;

  constructor(options: RequestTableOptions) {
    this.#options = options;
    this.#session = options.firstSession;
  }

  /** Requests without an answer. */
  get size(): number {
    return this.#pending.size;
  }

  /** Session of the next request. */
  get nextSession(): number {
    return this.#session;
  }

  /**
   * Sends a request, now or when there is room and a connection.
   *
   * Fails with OUTBOX_FULL, MESSAGE_TOO_LARGE, and ARGUMENT_INVALID for a session that is no
   * unsigned 32-bit number or has no answer yet.
   */
  async add(content: Uint8Array, timeoutMs: number, given?: number): Promise<Uint8Array> {
    const session = given ?? this.#session;
    this.#check(content, session);
    this.#session = Math.max(this.#session, session + 1) % sessionsMax;
    const settled = Promise.withResolvers<Uint8Array>();
    const forget =
      timeoutMs === 0
        ? () => {}
        : this.#options.clock.after(timeoutMs, () => this.#onDeadline(session, timeoutMs));
    const frame = new Uint8Array(content.length + sessionBytes);
    frame.set(content);
    new DataView(frame.buffer).setUint32(content.length, session);
    const pending = { session, frame, settled, forget, wasSent: false };
    this.#pending.set(session, pending);
    this.#waiting.add(pending);
    this.#sendWaiting();
    return settled.promise;
  }

  /** Asks again on a new connection what may have been executed, under its old session. */
  sendAgain(send: (frame: Uint8Array) => void): void {
    this.#waiting = new Set(this.#pending.values());
    for (const pending of this.#waiting) {
      if (!pending.wasSent) continue;
      send(pending.frame);
      this.#waiting.delete(pending);
    }
  }

  /** The connection is open: sends what waits. */
  flow(): void {
    this.#sendWaiting();
  }

  /**
   * Settles the request that a frame of the server answers; false: it is not there any more. Fails
   * with PEER_MALFORMED when it is no answer.
   */
  answer(frame: Uint8Array): boolean {
    const contentBytes = frame.length - answerBytesMin;
    const verdict = frame[contentBytes];
    if (contentBytes < 0 || (verdict !== 0 && verdict !== 1)) {
      const text = "an answer ends with 0 or 1 and a session of 4 bytes";
      throw new CodedError("PEER_MALFORMED", `${text}; this one of ${frame.length} bytes does not`);
    }
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const session = view.getUint32(contentBytes + 1);
    const pending = this.#pending.get(session)?.wasSent ? this.#take(session) : undefined;
    if (pending === undefined) return false;
    const text = `the server's handler of request ${session} has failed`;
    if (verdict === 1) pending.settled.resolve(frame.subarray(0, contentBytes));
    else pending.settled.reject(new CodedError("REMOTE_FAULT", text));
    this.#sendWaiting();
    return true;
  }

  /** Ends requests: all, or those that may have been executed. */
  fail(which: "all" | "sent", errorOf: (session: number) => CodedError): void {
    for (const { session, wasSent, settled } of this.#pending.values()) {
      if (which === "sent" && !wasSent) continue;
      this.#take(session);
      settled.reject(errorOf(session));
    }
  }

  #check(content: Uint8Array, session: number): void {
    const { requestsMax } = this.#options;
    if (!Number.isInteger(session) || session < 0 || session >= sessionsMax) {
      throw new CodedError("ARGUMENT_INVALID", `a session is 0 to 2^32 - 1, not ${session}`);
    }
    if (this.#pending.has(session)) {
      throw new CodedError("ARGUMENT_INVALID", `session ${session} waits for its answer`);
    }
    if (content.length > contentBytesMax) {
      const text = `a request holds at most ${contentBytesMax} bytes, not ${content.length}`;
      throw new CodedError("MESSAGE_TOO_LARGE", text);
    }
    if (this.#pending.size >= requestsMax) {
      const text = `${requestsMax} requests wait for their answers (requestsMax)`;
      throw new CodedError("OUTBOX_FULL", text);
    }
  }

  #sendWaiting(): void {
    for (const pending of this.#waiting) {
      if (this.#pending.size - this.#waiting.size >= this.#options.windowMax) return;
      if (!this.#options.send(pending.frame)) return;
      pending.wasSent = true;
      this.#waiting.delete(pending);
    }
  }

  #take(session: number): Pending | undefined {
    const pending = this.#pending.get(session);
    if (pending === undefined) return undefined;
    this.#pending.delete(session);
    this.#waiting.delete(pending);
    pending.forget();
    return pending;
  }

  #onDeadline(session: number, timeoutMs: number): void {
    const text = `no answer to request ${session} within ${timeoutMs} ms`;
    this.#take(session)?.settled.reject(new CodedError("CALL_TIMEOUT", text));
    this.#sendWaiting();
  }
}
