// Client clock: time for the client library: deadlines, back-off, lingering ends.
// The caller's own process. Given to every part of client/; a test gives one of its own.
// Invariant: monotonic; a timer is due to a wait that somebody awaits, so it keeps the process
// alive.

import type { CodedError } from "../wire/coded-error.ts";

export type ClientClock = {
  nowMs(): number;
  /** Calls `handler` once after `ms`; the function it returns forgets the timer. */
  after(ms: number, handler: () => void): () => void;
};

/** The machine's. */
export const systemClientClock: ClientClock = {
  nowMs: () => performance.now(),
  after(ms, handler) {
    const timer = setTimeout(handler, ms);
    return () => clearTimeout(timer);
  },
};

/** How long to wait for something. */
export type Deadline = {
  readonly clock: ClientClock;
  /** 0: none. */
  readonly ms: number;
  /** Why the wait has failed. */
  readonly failure: () => CodedError;
};

/** Settles as `promise` does, or fails when the deadline comes first. */
export function within<T>(promise: Promise<T>, { clock, ms, failure }: Deadline): Promise<T> {
  if (ms === 0) return promise;
  const late = Promise.withResolvers<T>();
  const forget = clock.after(ms, () => late.reject(failure()));
  return Promise.race([promise, late.promise]).finally(forget);
}
