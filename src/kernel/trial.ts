// Trial: another occupant in the place of a service's, which takes over again if the new one fails.
// One shard. Made by shard/replacing.ts; asked by kernel.ts before it ends the service.
// Invariant: until it is decided, what was asked of the service waits in its mailbox, its timers
// stand still, and the old occupant is as it was.

import type { ErrorCode } from "../../wire/error-codes.ts";
import type { ByteQueue } from "./byte-queue.ts";
import type { Occupant } from "./occupant.ts";
import type { ServiceRecord } from "./service-record.ts";
import type { Timer, TimerWheel } from "./timers.ts";

export type TrialParts = {
  readonly timers: TimerWheel;
  readonly nowTick: () => number;
  /** The new occupant has ended; the old one is in its place. */
  readonly onFailed: (code: ErrorCode, text: string) => void;
};

export class Trial {
  readonly #record: ServiceRecord;
  readonly #parts: TrialParts;
  readonly #old: Occupant;
  /** Timers of the old occupant, with the ticks they have left. */
  readonly #timers: readonly (readonly [session: number, ticks: number])[];
  /** A timer that was due, or a reply, when the trial began: the new occupant waits for neither. */
  readonly #due: ByteQueue;
  /** The service is to end for good, whichever occupant it has. */
  isAbandoned = false;

  /** The service is held, has parked its mailbox, and nothing is under way in it. */
  constructor(record: ServiceRecord, occupant: Occupant, parts: TrialParts) {
    this.#record = record;
    this.#parts = parts;
    this.#old = record.occupant;
    this.#due = record.mailbox.setAside();
    const now = parts.nowTick();
    const timers = [...record.timers.values()];
    this.#timers = timers.map((timer) => [timer.session, ticksLeft(timer, now)]);
    this.#clearTimers();
    this.#occupy(occupant);
    record.state = "starting";
    record.trial = this;
  }

  /** The new occupant has ended. True when the old one goes on in its place. */
  fail(code: ErrorCode, text: string): boolean {
    const record = this.#record;
    record.trial = undefined;
    if (this.isAbandoned || code === "HOST_STOPPING") return false;
    this.#clearTimers();
    this.#occupy(this.#old);
    record.state = "running";
    record.isExiting = false;
    record.ending = undefined;
    record.mailbox.clear();
    record.mailbox.putBack(this.#due);
    for (const [session, ticks] of this.#timers) this.#arm(session, ticks);
    record.mailbox.unpark();
    this.#parts.onFailed(code, text);
    return true;
  }

  /** The new occupant is ready: what waits is its. */
  succeed(): void {
    this.#record.trial = undefined;
    this.#record.mailbox.unpark();
  }

  #occupy(occupant: Occupant): void {
    const record = this.#record;
    record.occupant = occupant;
    record.unreadBytes = -1;
    record.wastedTurns = 0;
    record.assembly = undefined;
    record.turnCpuMs = 0;
    record.cpuSeenMs = occupant.cpuMs?.() ?? 0;
  }

  #arm(session: number, ticks: number): void {
    const { timers, nowTick } = this.#parts;
    const { address } = this.#record;
    this.#record.timers.set(session, timers.arm(address, session, ticks, nowTick()));
  }

  #clearTimers(): void {
    const { timers } = this.#record;
    for (const timer of timers.values()) this.#parts.timers.cancel(timer);
    timers.clear();
  }
}

function ticksLeft({ dueTick }: Timer, now: number): number {
  return Math.max(1, (dueTick - now) | 0);
}
