// Send allowance: how many messages a service may send now, of so many in each second.
// One shard. Made by kernel.ts for services with sendsPerSecondMax, asked by outbox.ts.
// Invariant: never more than one second's messages are saved up.

export class SendAllowance {
  readonly perSecond: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = nowMs;
  }

  /** False when it has sent its share. */
  take(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(this.perSecond, this.#left + (passedMs * this.perSecond) / 1000);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
