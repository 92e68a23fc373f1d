// Pace: how fast one player's lines may be passed on. Main thread.
// Invariant: in any second at most twice `perSecondMax` are let through: one second's worth may be
// saved up.

const savedMs = 1000;

export class Pace {
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  /** The time that is used up: that of one interval for each that was let through. */
  #usedUpMs = Number.NEGATIVE_INFINITY;

  constructor(perSecondMax: number, nowMs: () => number) {
    this.#intervalMs = 1000 / perSecondMax;
    this.#nowMs = nowMs;
  }

  /** Lets one through and returns 0, or returns the milliseconds until it would. */
  take(): number {
    const nowMs = this.#nowMs();
    const fromMs = Math.max(this.#usedUpMs, nowMs);
    const waitMs = fromMs - nowMs - (savedMs - this.#intervalMs);
    if (waitMs >= 1) return Math.ceil(waitMs); // a timer knows no less
    this.#usedUpMs = fromMs + this.#intervalMs;
    return 0;
  }
}
