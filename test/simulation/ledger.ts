// Ledger: what was sent, asked and armed in a simulation, and whether it came to the end it must.
// Tests only. Told of everything by sim-service.ts and world.ts; throws at the first thing that
// cannot be.
// Invariant: messages are numbered in the order in which they were written, over all services.

import { spokenSessionMin } from "./hostile-service.ts";
import { formatAddress, type ServiceAddress } from "../../wire/address.ts";

export type Call = {
  readonly caller: number;
  readonly session: number;
  /** Everyone who has been asked to answer: the callee, and whoever it was handed on to. */
  readonly callees: Set<number>;
  /** Whom the caller has been told to wait on: it believes no other. 0: a name nobody has yet. */
  holder: number;
  wasHandedOn: boolean;
  /** How it ended; undefined while it waits. */
  ended: "reply" | "error" | "announced" | "timeout" | "abandoned" | undefined;
};

type ArmedTimer = {
  readonly dueTick: number;
  /** Cancelled when it was due: its response may be on its way. */
  mayFire?: true;
};

const traceLength = 60;

const name = (address: number): string => formatAddress(address as ServiceAddress);

export class Ledger {
  readonly seed: number;
  readonly dead = new Set<number>();
  readonly hostile = new Set<number>();
  /** One-way messages that were written and not yet received. */
  readonly unreceived = new Set<number>();
  readonly counts = new Map<string, number>();
  readonly #calls = new Map<string, Call>();
  /** Calls that wait, by caller. */
  readonly #open = new Map<number, Set<Call>>();
  /** Everyone a service ever called. */
  readonly #called = new Map<number, Set<number>>();
  readonly #timers = new Map<string, ArmedTimer>();
  /** Number of the last message each service received, by sender. */
  readonly #lastFrom = new Map<string, number>();
  readonly #trace: string[] = [];
  #messages = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  trace(text: string): void {
    this.#trace.push(text);
    if (this.#trace.length > traceLength) this.#trace.shift();
  }

  fail(what: string): never {
    throw new Error(
      `${what}\n  seed ${this.seed}; the last events:\n  ${this.#trace.join("\n  ")}`,
    );
  }

  /** A number for the next message. */
  number(): number {
    return ++this.#messages;
  }

  /** A message arrived: later than all before it from the same sender. */
  received(at: number, sender: number, message: number): void {
    const pair = `${at}<${sender}`;
    const last = this.#lastFrom.get(pair) ?? 0;
    if (message <= last) {
      this.fail(`${name(at)} received ${message} of ${name(sender)} after ${last}`);
    }
    this.#lastFrom.set(pair, message);
    this.unreceived.delete(message);
  }

  called(caller: number, session: number, callee: number | undefined): void {
    const callees = new Set(callee === undefined ? [] : [callee]);
    const holder = callee ?? 0;
    const call: Call = { caller, session, callees, holder, wasHandedOn: false, ended: undefined };
    this.#calls.set(`${caller}/${session}`, call);
    this.#openOf(caller).add(call);
    if (callee !== undefined) this.#calledBy(caller).add(callee);
    this.trace(
      `${name(caller)} calls ${callee === undefined ? "a name" : name(callee)} (${session})`,
    );
  }

  call(caller: number, session: number): Call | undefined {
    return this.#calls.get(`${caller}/${session}`);
  }

  /** The kernel told the caller of a name whom it waits on. */
  resolved(caller: number, session: number, callee: number): void {
    const call =
      this.call(caller, session) ?? this.fail(`${name(caller)} never called (${session})`);
    if (call.ended !== undefined && call.ended !== "timeout") {
      this.fail(`${name(caller)} is told of ${name(callee)} after (${session}) ended`);
    }
    call.callees.add(callee);
    call.holder = callee;
    this.#calledBy(caller).add(callee);
  }

  /** The kernel told the caller that its request is with `callee`, and was with `hands` before. */
  moved(caller: number, session: number, news: { callee: number; hands: readonly number[] }): void {
    const call = this.call(caller, session);
    if (call !== undefined && news.hands.includes(call.holder)) call.holder = news.callee;
  }

  handedOn(call: Call, to: number): void {
    call.callees.add(to);
    this.#calledBy(call.caller).add(to);
    call.wasHandedOn = true;
    this.trace(`call (${call.session}) of ${name(call.caller)} is handed on to ${name(to)}`);
  }

  /** A response with a session arrived. */
  replied(caller: number, session: number, source: number): void {
    if (this.#isLie(caller, session, source)) return;
    const call = this.call(caller, session);
    if (call === undefined || !call.callees.has(source)) {
      this.fail(`${name(caller)} received a reply (${session}) of ${name(source)} to no call`);
    }
    this.#checkHolder(call, source);
    this.#end(call, source, "reply");
  }

  /** An error with a session arrived. */
  failed(caller: number, session: number, source: number): void {
    if (this.#isLie(caller, session, source)) return;
    const call = this.call(caller, session);
    if (call === undefined) this.fail(`${name(caller)} received an error (${session}) to no call`);
    this.#checkHolder(call, source);
    this.#end(call, source, "error");
  }

  /** The news of where a request is comes before its answer. */
  #checkHolder({ caller, session, holder }: Call, source: number): void {
    if (holder === source) return;
    const who = `(${session}) of ${name(caller)}`;
    this.fail(`${who} is answered by ${name(source)}, and it waits on ${name(holder)}`);
  }

  /**
   * True when what comes in this name may come from a hostile service: it is one, or has called
   * one.
   */
  mayBeHostile(source: number): boolean {
    const called = [source, ...this.#calledBy(source)];
    return called.some((address) => this.hostile.has(address));
  }

  /**
   * A hostile service may answer those who called it, in sessions of calls to others too, and it
   * may ask others in its callers' name. Never anyone else's: nothing that comes of it reaches a
   * service that called none.
   */
  #isLie(caller: number, session: number, source: number): boolean {
    const isSpoken = session > spokenSessionMin;
    const isForeign =
      this.hostile.has(source) && this.call(caller, session)?.callees.has(source) !== true;
    if (!isSpoken && !isForeign) return false;
    if (!this.mayBeHostile(caller)) {
      this.fail(
        `${name(caller)} is lied to by ${name(source)} (${session}), and called nobody hostile`,
      );
    }
    this.count("lies");
    return true;
  }

  /** An error with session 0 arrived: `source` has ended. */
  announced(at: number, source: number): void {
    if (!this.dead.has(source) && !this.hostile.has(source)) {
      this.fail(`${name(at)} is told that ${name(source)} has ended, and it lives`);
    }
    this.trace(`${name(at)} is told of the end of ${name(source)}`);
    for (const call of this.#openOf(at)) {
      if (call.callees.has(source)) this.#close(call, "announced");
    }
  }

  timedOut(caller: number, session: number): void {
    const call = this.call(caller, session);
    if (call !== undefined && call.ended === undefined) this.#close(call, "timeout");
  }

  armed(service: number, session: number, dueTick: number): void {
    this.#timers.set(`${service}/${session}`, { dueTick });
  }

  cancelled(service: number, session: number, nowTick: number): void {
    const timer = this.#timers.get(`${service}/${session}`);
    if (timer !== undefined && nowTick >= timer.dueTick) timer.mayFire = true;
    else this.#timers.delete(`${service}/${session}`);
  }

  fired(service: number, session: number, nowTick: number): void {
    const timer = this.#timers.get(`${service}/${session}`);
    if (timer === undefined)
      this.fail(`timer ${session} of ${name(service)} fired, and is not armed`);
    if (nowTick < timer.dueTick) {
      this.fail(
        `timer ${session} of ${name(service)} fired at ${nowTick}, before ${timer.dueTick}`,
      );
    }
    this.#timers.delete(`${service}/${session}`);
  }

  died(service: number): void {
    this.dead.add(service);
    this.trace(`${name(service)} has ended`);
    for (const call of this.#openOf(service)) this.#close(call, "abandoned");
    for (const key of this.#timers.keys()) {
      if (key.startsWith(`${service}/`)) this.#timers.delete(key);
    }
  }

  /** Nothing moves: every call of the living has ended, and every timer has fired. */
  settle(): void {
    for (const call of this.#calls.values()) {
      this.count(`calls: ${call.ended}`);
      if (call.ended !== undefined) continue;
      const callees = [...call.callees].map(name).join(" ");
      this.fail(`the call (${call.session}) of ${name(call.caller)} to ${callees} never ended`);
    }
    for (const [timer, { mayFire }] of this.#timers) {
      if (mayFire === undefined) this.fail(`timer ${timer} never fired`);
    }
  }

  openCalls(caller: number): number {
    return this.#openOf(caller).size;
  }

  #end(call: Call, source: number, how: "reply" | "error"): void {
    const who = `(${call.session}) of ${name(call.caller)}`;
    this.trace(`${who} ends with ${how} from ${name(source)}`);
    const { ended } = call;
    if (ended === undefined) {
      this.#close(call, how);
      return;
    }
    // Who stopped waiting may hear an answer yet. One who was told of the callee's end may hear
    // that a request on its way then was refused; and when the call was handed on, the answer of
    // the one who lives.
    const isLate =
      ended === "timeout" || (ended === "announced" && (how === "error" || call.wasHandedOn));
    if (isLate || call.wasHandedOn || this.hostile.has(source)) this.count("late answers");
    else this.fail(`the call ${who} ended by ${ended}, and then by ${how} from ${name(source)}`);
  }

  #close(call: Call, how: NonNullable<Call["ended"]>): void {
    call.ended = how;
    this.#openOf(call.caller).delete(call);
  }

  #openOf(caller: number): Set<Call> {
    const open = this.#open.get(caller) ?? new Set();
    this.#open.set(caller, open);
    return open;
  }

  #calledBy(caller: number): Set<number> {
    const called = this.#called.get(caller) ?? new Set();
    this.#called.set(caller, called);
    return called;
  }
}
