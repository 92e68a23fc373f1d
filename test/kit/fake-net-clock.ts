// Fake net clock: time that passes when a test says so.
// Test process. Given to idle timers and to the console in place of the system's.
// Invariant: handlers run in the order of their times, at exactly their time.

import type { NetClock } from "../../src/net/net-clock.ts";

type Timer = { readonly atMs: number; readonly handler: () => void };

export class FakeNetClock implements NetClock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, handler: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, handler };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#due(endMs); next !== undefined; next = this.#due(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.handler();
    }
    this.#nowMs = endMs;
  }

  #due(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    }
    return first;
  }
}
