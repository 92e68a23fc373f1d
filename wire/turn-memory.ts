// Turn memory: the buffer that a service and its shard share. Neutral: both compute it alike.
// Control words, then the inbox (host to guest), then the outbox (guest to host).
// Invariant: only one side runs at a time; the host treats all of it as hostile after a turn.

/** Indexes of the 32-bit control words at the start of the buffer. */
export const ControlWord = {
  /** Host: bytes of frames in the inbox for this turn. */
  inboxLength: 0,
  /** Guest: bytes of frames in the outbox; the host sets it back to 0 when it has read them. */
  outboxLength: 1,
  /** Host: ticks (10 ms) since the host started, modulo 2^32. */
  nowTicks: 2,
  /** Guest: suspended logical threads, for `stat`. Informative: never trusted. */
  suspended: 3,
  /** Guest: requests it waits on, for `stat`. Informative: never trusted. */
  waiting: 4,
  /**
   * Guest: bytes of the inbox it has handled. Less than `inboxLength`: it wants to be entered
   * again.
   */
  inboxRead: 5,
  /** Host: how often it has cut off a turn of this service. */
  interrupts: 6,
  /** Guest: 1 from the start of an entry to the end of its synchronous part. */
  isEntered: 7,
  /** Host: microseconds since the host started at the start of the turn, modulo 2^32. */
  nowMicros: 13,
  /** Host: epoch seconds at the start of the turn; of a recorded service only, as the next word. */
  clockSeconds: 14,
  /** Host: milliseconds of that second. */
  clockMs: 15,
} as const;

export const controlBytes = 64;

export type TurnMemoryLayout = { inboxBytes: number; outboxBytes: number };

export function turnMemoryBytes(layout: TurnMemoryLayout): number {
  return controlBytes + layout.inboxBytes + layout.outboxBytes;
}

export function inboxOffset(): number {
  return controlBytes;
}

export function outboxOffset(layout: TurnMemoryLayout): number {
  return controlBytes + layout.inboxBytes;
}
