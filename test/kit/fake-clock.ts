// Fake clock: time that moves when a test says so.
// Tests only. Given to a kernel in place of shard/clock.ts.
// Invariant: a tick is 10 ms, as on the host's clock.

import type { Clock } from "../../src/kernel/scheduler.ts";

const tickMs = 10;

export class FakeClock implements Clock {
  #ms: number;
  /** Milliseconds that every look at the clock takes: lets a burst run out of its budget. */
  stepMs = 0;

  constructor(startTick = 100) {
    this.#ms = startTick * tickMs;
  }

  readonly nowMs = (): number => {
    this.#ms += this.stepMs;
    return this.#ms;
  };

  readonly nowTick = (): number => this.ticks >>> 0;

  /** Ticks without the wrap at 2^32. */
  get ticks(): number {
    return Math.floor(this.#ms / tickMs);
  }

  advanceMs(ms: number): void {
    this.#ms += ms;
  }

  advanceTicks(ticks: number): void {
    this.#ms += ticks * tickMs;
  }
}
