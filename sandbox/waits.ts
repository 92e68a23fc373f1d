// Waits: what the service waits for, by session number.
// Guest (and host services). Opened by calls.ts and timers.ts, settled by dispatcher.ts.
// Invariant: a wait is settled once; its session is used by nobody else until then; an answer
// counts only when it comes from the one who was asked.

import type { CodedError } from "../wire/coded-error.ts";
import { nextSession, sessionMax } from "../wire/session.ts";
import { ControlWord } from "../wire/turn-memory.ts";
import { OwnMap } from "./containers.ts";
import type { Incoming } from "./dispatcher.ts";
import type { Threads } from "./threads.ts";
import type { Wait } from "./wait.ts";

export class Waits {
  readonly #open = new OwnMap<number, Wait>();
  readonly #threads: Threads;
  readonly #control: Int32Array;
  readonly #sessionLast: number;
  #session = 0;
  #hasWrapped = false;
  /** Own address. */
  address = 0;

  /** Sessions go from 1 to `sessionLast`, and on from 1. */
  constructor(threads: Threads, control: Int32Array, sessionLast: number = sessionMax) {
    this.#threads = threads;
    this.#control = control;
    this.#sessionLast = sessionLast;
  }

  /** The next session comes after this one. */
  beginAfter(session: number): void {
    this.#session = session;
  }

  /** A session number nobody uses (skynet.genid). */
  nextSession(): number {
    do {
      if (this.#session === this.#sessionLast) this.#hasWrapped = true;
      this.#session = nextSession(this.#session, this.#sessionLast);
    } while (this.#hasWrapped && this.#open.has(this.#session));
    return this.#session;
  }

  get(session: number): Wait | undefined {
    return this.#open.get(session);
  }

  /** Gives the wait its session. */
  open(wait: Wait): void {
    wait.session = this.nextSession();
    this.#open.set(wait.session, wait);
    this.#control[ControlWord.waiting] = this.#open.size;
  }

  /**
   * Forgets a wait without settling it; undefined when there is none, or when `source` is given and
   * was not asked: another callee knows the sessions of its caller, and would answer for it.
   */
  take(session: number, source = this.address): Wait | undefined {
    const wait = this.#open.get(session);
    if (wait === undefined) return undefined;
    if (source !== wait.callee && source !== this.address) return undefined;
    this.#open.delete(session);
    this.#control[ControlWord.waiting] = this.#open.size;
    return wait;
  }

  /** Takes a response. False when nobody waits for one of this session from its source. */
  // hot: bench call
  reply(message: Incoming): boolean {
    const wait = this.take(message.session, message.source);
    if (wait === undefined) return false;
    if (wait.isAwaited) this.#threads.resuming(wait.thread);
    try {
      wait.resolve(wait.reader(message.bytes, message.from, message.to));
    } catch (error) {
      wait.reject(error);
    }
    return true;
  }

  /** As `take`: with a `source` only when that was asked. */
  fail(session: number, error: unknown, source?: number): boolean {
    const wait = this.take(session, source);
    if (wait === undefined) return false;
    if (wait.isAwaited) this.#threads.resuming(wait.thread);
    wait.reject(error);
    return true;
  }

  /** The service `callee` has ended: fails all that waits for it. */
  failAll(callee: number, error: CodedError): void {
    this.#open.forEach((wait) => {
      if (wait.callee === callee) this.fail(wait.session, error);
    });
  }

  /** Fails what is past its deadline at `nowTick`; returns the earliest deadline left, or 0. */
  sweep(nowTick: number, timedOut: (wait: Wait) => CodedError): number {
    let earliest = 0;
    this.#open.forEach((wait) => {
      const { deadline } = wait;
      if (deadline === 0) return;
      if (((nowTick - deadline) | 0) >= 0) this.fail(wait.session, timedOut(wait));
      else if (earliest === 0 || ((deadline - earliest) | 0) < 0) earliest = deadline;
    });
    return earliest;
  }

  forEach(each: (wait: Wait) => void): void {
    this.#open.forEach((wait) => each(wait));
  }
}
