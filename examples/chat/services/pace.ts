// Pace: how fast a user is read: some lines at once, and then so many a second.
// Invariant: nothing is dropped: who says more waits, and the connection holds the rest back.

import { now, sleep } from "isonet";

const linesPerSecond = 20;
const burst = 100;
const ticksPerSecond = 100;

export class Pace {
  #left = burst;
  #since = now();

  /** Resolves when the next line may be handled. */
  async next(): Promise<void> {
    const ticks = now() - this.#since;
    this.#since += ticks;
    this.#left = Math.min(burst, this.#left + (ticks / ticksPerSecond) * linesPerSecond);
    this.#left--;
    if (this.#left < 0) await sleep(Math.ceil((-this.#left / linesPerSecond) * ticksPerSecond));
  }
}
