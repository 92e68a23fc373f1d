// Net clock: time for idle connections. Main thread.
// Given to idle-timer.ts; a test gives one of its own.
// Invariant: monotonic; a timer of it never keeps the process alive.

export type NetClock = {
  nowMs(): number;
  /** Calls `handler` once after `ms`; the function it returns forgets the timer. */
  after(ms: number, handler: () => void): () => void;
};

export const systemNetClock: NetClock = {
  nowMs: () => performance.now(),
  after(ms, handler) {
    const timer = setTimeout(handler, ms).unref();
    return () => clearTimeout(timer);
  },
};
