// Clock: the time a shard's kernel runs by.
// One thread. performance.now() is cheap but starts at another moment in every thread: it is set
// against the clock all threads share once, here.
// Invariant: ticks of all shards of a host agree to within one.

import type { Clock } from "../kernel/scheduler.ts";
import { monotonicMs } from "./host-memory.ts";

const tickMs = 10;

export function makeClock(tickZeroMs: number): Clock {
  const offsetMs = monotonicMs() - performance.now() - tickZeroMs;
  return {
    nowMs: () => performance.now(),
    nowTick: () => Math.floor((performance.now() + offsetMs) / tickMs) >>> 0,
  };
}
