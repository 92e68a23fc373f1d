// Idle collector: gives back the memory of services that have nothing to do.
// One worker thread. Looks at the shard's services now and then; stops with the shard.
// Invariant: only a service that had no turn for a whole interval is collected, one after the
// other, while the shard has no work; what has not grown since is left alone.

import type { GuestService, GuestServices } from "./guest-services.ts";
import { holdWhile } from "./hold-while.ts";
import type { Shard } from "./shard.ts";

const intervalMs = 5000;
const growthBytesMin = 256 * 1024; // less is not worth a collection: a page of V8's heap

type Seen = { turns: number; totalBytes: number };

export class IdleCollector {
  readonly #shard: Shard;
  readonly #guests: GuestServices;
  readonly #seen = new WeakMap<GuestService, Seen>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(shard: Shard, guests: GuestServices) {
    this.#shard = shard;
    this.#guests = guests;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#round().then(() => this.start()), intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Collects the services that have been idle since the round before. */
  async #round(): Promise<void> {
    for (const guest of Array.from(this.#guests.values())) {
      if (this.#isStopped || this.#shard.kernel.hasWork) return;
      const { record } = guest;
      const seen = this.#seen.get(guest) ?? { turns: -1, totalBytes: 0 };
      const isIdle = seen.turns === record.stat.turns && record.state === "running";
      this.#seen.set(guest, { ...seen, turns: record.stat.turns });
      if (isIdle && this.#hasGrown(guest, seen)) await this.#collect(guest);
    }
  }

  #hasGrown(guest: GuestService, seen: Seen): boolean {
    return guest.isolate.heap().totalBytes > seen.totalBytes + growthBytesMin;
  }

  async #collect(guest: GuestService): Promise<void> {
    try {
      await holdWhile(this.#shard, guest, () => guest.isolate.collect());
      const { turns } = guest.record.stat;
      this.#seen.set(guest, { turns, totalBytes: guest.isolate.heap().totalBytes });
    } catch {
      // It ended meanwhile: there is nothing to give back any more.
    }
  }
}
