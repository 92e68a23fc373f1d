// Occupant: what answers behind a mailbox, an isolate or a host service, as the kernel sees it.
// One shard. Entered by scheduler.ts, one turn at a time.
// Invariant: the memory is read and written by one side at a time: the kernel between turns, the
// occupant in one.

import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import { controlBytes, type TurnMemoryLayout } from "../../wire/turn-memory.ts";

/** What a turn came to. A dead occupant is never entered again. */
export type TurnResult =
  | { readonly kind: "completed" }
  | { readonly kind: "interrupted" }
  /** It ended between two frames because its slice was nearly over: the rest is for the next. */
  | { readonly kind: "yielded" }
  /** It goes on elsewhere; whoever runs it tells the kernel when it is over (`finish`). */
  | { readonly kind: "pending" }
  | { readonly kind: "dead"; readonly code: ErrorCode; readonly text: string };

export const turnCompleted: TurnResult = { kind: "completed" };
export const turnYielded: TurnResult = { kind: "yielded" };
export const turnPending: TurnResult = { kind: "pending" };

export type Occupant = {
  readonly memory: TurnMemory;
  /** Handles the frames in the inbox; returns with the microtasks drained. Never throws. */
  turn(): TurnResult;
  /**
   * CPU time it has used, in milliseconds; without it the time of its turns by the clock counts.
   */
  cpuMs?(): number;
  /**
   * After a turn that the warden acted on: takes up what of its action has not landed, so that the
   * next turn does not. Returns what the turn came to.
   */
  recover?(result: TurnResult): TurnResult;
};

/** That of every service, whatever is behind its mailbox. */
export const turnMemoryLayout: TurnMemoryLayout = {
  inboxBytes: limits.inboxBytes,
  outboxBytes: limits.outboxBytes,
};

/** The three parts of a turn memory, as 32-bit words. */
export class TurnMemory {
  readonly buffer: ArrayBufferLike;
  readonly layout: TurnMemoryLayout;
  readonly control: Int32Array;
  readonly inbox: Uint32Array;
  readonly outbox: Uint32Array;

  constructor(buffer: ArrayBufferLike, layout: TurnMemoryLayout) {
    this.buffer = buffer;
    this.layout = layout;
    this.control = new Int32Array(buffer, 0, controlBytes / 4);
    this.inbox = new Uint32Array(buffer, controlBytes, layout.inboxBytes / 4);
    this.outbox = new Uint32Array(buffer, controlBytes + layout.inboxBytes, layout.outboxBytes / 4);
  }
}
