// Idle timer: tells when a connection has been silent for too long.
// Main thread. Touched for each chunk by connection.ts, so a touch is one assignment: the timer
// looks later.
// Invariant: `onIdle` is called at most once, and never after `stop`.

import type { NetClock } from "./net-clock.ts";

export type IdleOptions = {
  readonly clock: NetClock;
  /** 0: never idle. */
  readonly idleMs: number;
  readonly onIdle: () => void;
};

export class IdleTimer {
  readonly #options: IdleOptions;
  #lastMs: number;
  #forget: (() => void) | undefined;

  constructor(options: IdleOptions) {
    this.#options = options;
    this.#lastMs = options.clock.nowMs();
    if (options.idleMs > 0) this.#arm(options.idleMs);
  }

  touch(): void {
    this.#lastMs = this.#options.clock.nowMs();
  }

  stop(): void {
    this.#forget?.();
    this.#forget = undefined;
  }

  #arm(ms: number): void {
    this.#forget = this.#options.clock.after(ms, () => this.#look());
  }

  #look(): void {
    const { clock, idleMs, onIdle } = this.#options;
    const leftMs = this.#lastMs + idleMs - clock.nowMs();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.#forget = undefined;
    onIdle();
  }
}
