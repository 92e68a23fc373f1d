// Scheduler: gives turns to services with work, oldest first, a batch each.
// One shard. Driven by shard/loop.ts in bursts; knows no clock but the one it is given.
// Invariant: after a turn a service with frames waiting is in the run queue, unless it is held or has ended.

import { errorNumber } from "../../wire/error-codes.ts";
import { FrameWord } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { BatchWeight } from "./batch.ts";
import { fillInbox } from "./inbox.ts";
import type { TurnResult } from "./occupant.ts";
import { drainOutbox, type OutboxReader } from "./outbox.ts";
import type { RunQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";
import type { TurnMark } from "./turn-mark.ts";

export type Clock = {
  /** Monotonic milliseconds, with fractions. */
  readonly nowMs: () => number;
  /** Ticks of 10 ms since the host started, modulo 2^32. */
  readonly nowTick: () => number;
};

export type SchedulerParts = {
  readonly clock: Clock;
  readonly runQueue: RunQueue;
  readonly reader: OutboxReader;
  readonly mark: TurnMark;
  readonly weight: BatchWeight;
  readonly onOverload: (record: ServiceRecord, depth: number) => void;
  /** The turn is over and its outbox read: ended, interrupted or dead services are dealt with here. */
  readonly onTurnOver: (record: ServiceRecord, result: TurnResult) => void;
  /** A link that was written to in this turn is congested. */
  readonly isCongested: () => boolean;
  readonly holdForLinks: (record: ServiceRecord) => void;
};

export class Scheduler {
  readonly #parts: SchedulerParts;
  #nowMs = 0;
  #nowTick = 0;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Gives turns until no service has work or `budgetMs` is over. True when one had a turn. */
  burst(budgetMs: number): boolean {
    const { runQueue, clock } = this.#parts;
    if (runQueue.length === 0) return false;
    this.#nowMs = clock.nowMs();
    this.#nowTick = clock.nowTick();
    const end = this.#nowMs + budgetMs;
    while (this.#nowMs < end) {
      const record = runQueue.take();
      if (record === undefined) break;
      if (record.state !== "ended" && record.holds === 0) this.#turn(record);
    }
    return true;
  }

  // hot: bench call
  #turn(record: ServiceRecord): void {
    const { mark, reader } = this.#parts;
    const { memory } = record.occupant;
    const length = fillInbox(record, this.#parts.weight, this.#nowTick);
    if (length > 0) {
      memory.control[ControlWord.inboxLength] = length;
      memory.control[ControlWord.nowTicks] = this.#nowTick;
      record.turnSentBytes = 0;
      record.isInTurn = true;
      mark.begin(record.address, memory.inbox[FrameWord.source] as number);
      const result = record.occupant.turn();
      mark.end();
      record.isInTurn = false;
      drainOutbox(record, reader);
      this.#account(record);
      if (result.kind !== "completed" || record.isExiting) this.#parts.onTurnOver(record, result);
      if (this.#parts.isCongested()) this.#parts.holdForLinks(record);
    }
    const { depth } = record.mailbox;
    const reported = record.overload.observe(depth);
    if (reported !== 0) this.#parts.onOverload(record, reported);
    if (depth > 0 && record.state !== "ended" && record.holds === 0)
      this.#parts.runQueue.push(record);
  }

  #account(record: ServiceRecord): void {
    const now = this.#parts.clock.nowMs();
    record.stat.turnMs += now - this.#nowMs;
    record.stat.turns++;
    this.#nowMs = now;
    this.#nowTick = this.#parts.clock.nowTick();
  }

  /**
   * Reads the outbox of a service in the middle of its turn, because it is full.
   * Returns 0, or the number of OUTBOX_FULL when the service has sent its share of this turn.
   */
  flush(record: ServiceRecord): number {
    record.turnSentBytes += drainOutbox(record, this.#parts.reader);
    return record.turnSentBytes > limits.turnSendBytesMax ? errorNumber("OUTBOX_FULL") : 0;
  }
}
