// Clock: the time a shard's kernel runs by.
// One thread. performance.now() is cheap but starts at another moment in every thread: it is set
// against the clock all threads share once, here.
// Invariant: ticks of all shards of a host agree to within one.

import type { Clock } from "../kernel/scheduler.ts";
import { monotonicMs } from "./host-memory.ts";

const tickMs = 10;
const looksMax = 8;

export function makeClock(tickZeroMs: number): Clock {
  // What lies between the two looks makes the difference smaller: the largest is the true one.
  let offsetMs = -Infinity;
  for (let looks = 0; looks < looksMax; looks++) {
    offsetMs = Math.max(offsetMs, monotonicMs() - performance.now() - tickZeroMs);
  }
  return {
    nowMs: () => performance.now(),
    zeroMs: -offsetMs,
    nowTick: () => Math.floor((performance.now() + offsetMs) / tickMs) >>> 0,
  };
}
