// Pace: how fast one player's lines may be passed on. Main thread.
// Invariant: in any second at most twice `perSecondMax` are let through: one second's worth may be
// saved up.

export class Pace {
  readonly #perSecondMax: number;
  readonly #nowMs: () => number;
  #saved: number;
  #atMs: number;

  constructor(perSecondMax: number, nowMs: () => number) {
    this.#perSecondMax = perSecondMax;
    this.#nowMs = nowMs;
    this.#saved = perSecondMax;
    this.#atMs = nowMs();
  }

  /** Lets one through and returns 0, or returns the milliseconds until it would. */
  take(): number {
    const now = this.#nowMs();
    const grown = ((now - this.#atMs) * this.#perSecondMax) / 1000;
    this.#saved = Math.min(this.#perSecondMax, this.#saved + grown);
    this.#atMs = now;
    if (this.#saved < 1) return Math.ceil(((1 - this.#saved) * 1000) / this.#perSecondMax);
    this.#saved--;
    return 0;
  }
}
