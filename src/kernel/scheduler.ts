// Scheduler: gives turns to services with work, oldest first, a batch each.
// One shard. Driven by shard/loop.ts in bursts; knows no clock but the one it is given.
// Invariant: after a turn a service with frames waiting is in the run queue, unless it is held or
// has ended.

import { errorNumber } from "../../wire/error-codes.ts";
import { FrameWord } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { BatchWeight } from "./batch.ts";
import { fillInbox } from "./inbox.ts";
import type { Link } from "./link.ts";
import { turnCompleted, type TurnResult } from "./occupant.ts";
import { drainOutbox, type OutboxReader } from "./outbox.ts";
import type { OwnerAccount } from "./owner-account.ts";
import type { TurnQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";
import type { TurnMark } from "./turn-mark.ts";

export type Clock = {
  /** Monotonic milliseconds, with fractions. */
  readonly nowMs: () => number;
  /** Ticks of 10 ms since the host started, modulo 2^32. */
  readonly nowTick: () => number;
  /** What `nowMs` was when the host started; 0 when nobody says. */
  readonly zeroMs?: number;
};

export type SchedulerParts = {
  readonly clock: Clock;
  readonly runQueue: TurnQueue;
  readonly reader: OutboxReader;
  readonly mark: TurnMark;
  readonly weight: BatchWeight;
  readonly onOverload: (record: ServiceRecord, depth: number) => void;
  /**
   * The turn is over, its outbox read, and it ended in another way than most: see `needsSettling`.
   */
  readonly onTurnOver: (record: ServiceRecord, result: TurnResult) => void;
  /** A turn of one of the owner's services took this long. */
  readonly onCharge: (account: OwnerAccount, ms: number) => void;
  /** The turn wrote to this link, which is congested. */
  readonly onCongested: (record: ServiceRecord, link: Link) => void;
};

const microsPerMs = 1000;
const cpuLookMs = 2; // a turn that took longer may have waited for a core: that is not charged
const wastedTurnsMax = 3;
const tickLookMs = 1; // the tick that services see is at most this much late

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #zeroMs: number;
  #nowMs = 0;
  #nowTick = 0;
  /** When `#nowTick` was read. */
  #tickAtMs = 0;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#zeroMs = parts.clock.zeroMs ?? 0;
  }

  /** Gives turns until no service has work or `budgetMs` is over. True when one had a turn. */
  burst(budgetMs: number): boolean {
    const { runQueue, clock } = this.#parts;
    if (runQueue.length === 0) return false;
    this.#nowMs = clock.nowMs();
    this.#nowTick = clock.nowTick();
    this.#tickAtMs = this.#nowMs;
    const end = this.#nowMs + budgetMs;
    while (this.#nowMs < end) {
      const record = runQueue.take();
      if (record === undefined) break;
      if (record.state !== "ended" && record.holds === 0) this.#turn(record);
    }
    return true;
  }

  // hot: bench/micro/kernel/turn
  #turn(record: ServiceRecord): void {
    const { weight } = this.#parts;
    const wasInterrupted = record.unreadBytes >= 0;
    const length = wasInterrupted ? takeUnread(record) : fillInbox(record, weight, this.#nowTick);
    if (length > 0 || wasInterrupted) {
      const result = this.#enter(record, length);
      if (result.kind === "interrupted" && isInDebtOnly(record)) this.#tellInterrupted(record);
    }
    const reported = record.overload.observe(record.mailbox.depth);
    if (reported !== 0) this.#parts.onOverload(record, reported);
    this.#requeue(record);
  }

  // hot: bench/micro/kernel/turn
  #enter(record: ServiceRecord, length: number): TurnResult {
    const { mark } = this.#parts;
    const { memory } = record.occupant;
    memory.control[ControlWord.inboxLength] = length;
    memory.control[ControlWord.nowTicks] = this.#nowTick;
    memory.control[ControlWord.nowMicros] = (this.#nowMs - this.#zeroMs) * microsPerMs;
    record.turnSentBytes = 0;
    record.isInTurn = true;
    mark.begin(record.address, memory.inbox[FrameWord.source] as number, record.sliceMs);
    let result = record.occupant.turn();
    if (mark.end()) result = record.occupant.recover?.(result) ?? result;
    if (result !== turnCompleted) {
      if (result.kind === "pending") {
        this.#nowMs = this.#parts.clock.nowMs();
        return result;
      }
      keepRest(record, result, length);
    }
    this.#drain(record);
    record.isInTurn = false;
    this.#account(record);
    this.#settle(record, result);
    return result;
  }

  /**
   * A turn that was pending is over: its inbox had `length` bytes, and it ran for `ms`, pauses not
   * counted.
   */
  finish(
    record: ServiceRecord,
    result: TurnResult,
    { length, ms }: { readonly length: number; readonly ms: number },
  ): void {
    keepRest(record, result, length);
    this.#drain(record);
    record.isInTurn = false;
    record.stat.turnMs += ms;
    record.stat.turns++;
    if (record.isMetered) this.#meter(record, ms);
    this.#settle(record, result);
  }

  /**
   * The turn has brought the service's owner into debt. Those who wait on what was cut off are told
   * at once all the same: once, however that turn ends.
   */
  #tellInterrupted(record: ServiceRecord): void {
    const { unreadBytes } = record;
    this.#enter(record, 0);
    record.unreadBytes = unreadBytes;
  }

  /** Routes what a service wrote outside its turns. True when it wrote something. */
  collect(record: ServiceRecord): boolean {
    record.isInTurn = true;
    const bytes = this.#drain(record);
    record.isInTurn = false;
    this.#settle(record, turnCompleted);
    record.turnSentBytes = 0;
    this.#requeue(record);
    return bytes > 0;
  }

  /**
   * Reads the outbox of a service in the middle of its turn, because it is full.
   * Returns 0, or the number of OUTBOX_FULL when the service has sent its share of this turn: asked
   * again after that, it leaves the outbox as it is.
   */
  flush(record: ServiceRecord): number {
    const { max } = record.limits.turnSendBytes;
    if (record.turnSentBytes <= max) {
      const wasInTurn = record.isInTurn;
      record.isInTurn = true;
      record.turnSentBytes += this.#drain(record);
      record.isInTurn = wasInTurn;
    }
    if (record.turnSentBytes <= max) return 0;
    record.assembly = undefined; // its sender is told: the last piece never comes
    return errorNumber("OUTBOX_FULL");
  }

  /** Only while `isInTurn` is set: a service whose outbox is being read must not be ended. */
  #drain(record: ServiceRecord): number {
    const { reader } = this.#parts;
    const { router } = reader;
    router.congestedLink = undefined;
    const bytes = drainOutbox(record, reader);
    if (router.congestedLink !== undefined) record.congestedLink = router.congestedLink;
    return bytes;
  }

  #settle(record: ServiceRecord, result: TurnResult): void {
    if (needsSettling(record, result)) this.#parts.onTurnOver(record, result);
    const link = record.congestedLink;
    if (link === undefined) return;
    record.congestedLink = undefined;
    this.#parts.onCongested(record, link);
  }

  #requeue(record: ServiceRecord): void {
    if (!record.hasWork || record.state === "ended" || record.holds > 0) return;
    this.#parts.runQueue.push(record);
  }

  #meter(record: ServiceRecord, ms: number): void {
    if (record.sliceMs > 0) adaptBatch(record, ms);
    record.turnCpuMs = ms > cpuLookMs ? Math.min(ms, cpuSince(record)) : ms;
    if (record.account !== undefined) this.#parts.onCharge(record.account, record.turnCpuMs);
  }

  #account(record: ServiceRecord): void {
    const now = this.#parts.clock.nowMs();
    const ms = now - this.#nowMs;
    record.stat.turnMs += ms;
    record.stat.turns++;
    this.#nowMs = now;
    if (record.isMetered) this.#meter(record, ms);
    if (now - this.#tickAtMs < tickLookMs) return;
    this.#nowTick = this.#parts.clock.nowTick();
    this.#tickAtMs = now;
  }
}

/** CPU time since the last look: more than the turn's own, when short turns lie between. */
function cpuSince(record: ServiceRecord): number {
  const cpuMs = record.occupant.cpuMs?.();
  if (cpuMs === undefined) return Infinity;
  const since = cpuMs - record.cpuSeenMs;
  record.cpuSeenMs = cpuMs;
  return since;
}

/** True when nothing else keeps the service out of its turns. */
function isInDebtOnly(record: ServiceRecord): boolean {
  return record.account?.isInDebt === true && record.holds === 1 && record.state !== "ended";
}

/** A batch takes an eighth of the slice or less, as far as the turns before tell. */
function adaptBatch(record: ServiceRecord, ms: number): void {
  const { sliceMs, batchFramesMax } = record;
  if (ms > sliceMs / 4) record.batchFramesMax = Math.max(1, batchFramesMax >> 2);
  else if (ms > sliceMs / 8) record.batchFramesMax = Math.max(1, batchFramesMax >> 1);
  else if (ms < sliceMs / 32 && batchFramesMax < limits.batchFramesMax) record.batchFramesMax *= 2;
}

function keepRest(record: ServiceRecord, { kind }: TurnResult, length: number): void {
  if (kind === "interrupted") keepInterrupted(record, length);
  else if (kind === "yielded") keepUnread(record, length);
}

function keepInterrupted(record: ServiceRecord, length: number): void {
  record.stat.interrupts++;
  record.occupant.memory.control[ControlWord.interrupts] = record.stat.interrupts;
  keepUnread(record, length);
}

/**
 * What an interrupted turn had not read stays in the inbox, at its start. A service that had read
 * nothing was cut off before it came to a frame, by what it had left to do; it is given the same
 * frames again, but not for ever.
 */
function keepUnread(record: ServiceRecord, length: number): void {
  const { control, inbox } = record.occupant.memory;
  const read = control[ControlWord.inboxRead] as number;
  record.wastedTurns = read === 0 ? record.wastedTurns + 1 : 0;
  const isInside =
    read >= 0 && read < length && read % 4 === 0 && record.wastedTurns <= wastedTurnsMax;
  record.unreadBytes = isInside ? length - read : 0;
  if (isInside) inbox.copyWithin(0, read >>> 2, length >>> 2);
}

/** The next turn starts with them, also with none: the guest learns that it was interrupted. */
function takeUnread(record: ServiceRecord): number {
  const bytes = record.unreadBytes;
  record.unreadBytes = -1;
  return bytes;
}

function needsSettling(record: ServiceRecord, result: TurnResult): boolean {
  return (
    result.kind !== "completed" ||
    record.isExiting ||
    record.ending !== undefined ||
    record.assembly !== undefined
  );
}
