// Back-off: how long to wait before the next attempt to reconnect.
// The caller's own process. Asked by message-client.ts, which also tells it of success.
// Invariant: waits double from `firstMs` to `msMax` and are shortened by chance by up to half, so
// that a thousand clients of one server that restarts do not come back at once.

export type BackOffOptions = {
  readonly firstMs: number;
  readonly msMax: number;
  readonly attemptsMax: number;
  /** In [0, 1). */
  readonly random: () => number;
};

export class BackOff {
  readonly #options: BackOffOptions;
  #attempts = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Attempts since the last success. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait before the next attempt; undefined when there were enough. */
  next(): number | undefined {
    const { firstMs, msMax, attemptsMax, random } = this.#options;
    if (this.#attempts === attemptsMax) return undefined;
    const ms = Math.min(msMax, firstMs * 2 ** this.#attempts++);
    return Math.ceil(ms * (1 - random() / 2));
  }

  /** The connection is good: the next loss is the first again. */
  reset(): void {
    this.#attempts = 0;
  }
}
