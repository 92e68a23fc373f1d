// Warm pool: isolates with the guest runtime in them, made before they are needed, or in a cell
// while its shard goes on.
// One shard's thread. Taken from by guest-services.ts, filled again when the thread is idle.
// Invariant: an isolate is handed out once; only isolates of one memory limit and one trust are
// kept.

import { availableParallelism } from "node:os";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { IsolatedEngine } from "../engine/isolated-engine.ts";
import type { IsolatedService } from "../engine/isolate.ts";

type Needs = Pick<ServiceTerms, "memoryMb" | "isTrusted">;

const refillMs = 20; // behind a burst of launches, not between them
// This thread has a quarter of the work of each isolate, and a core of its own: turns are cut by
// the clock, and those who live here already must not wait for those who come.
const lanesMax = 4;

export class WarmPool {
  readonly engine: IsolatedEngine;
  readonly #memoryMb: number;
  readonly #isTrusted: boolean;
  readonly #size: number;
  readonly #ready: IsolatedService[] = [];
  /** Isolates that are being made on other threads: one at a time in each lane. */
  readonly #lanes: Promise<unknown>[] = Array.from(
    { length: Math.min(lanesMax, Math.max(1, availableParallelism() - 1)) },
    () => Promise.resolve(),
  );
  #lane = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    engine: IsolatedEngine,
    options: {
      readonly memoryMb: number;
      readonly warmIsolates: number;
      /** Default true. */
      readonly isTrusted?: boolean;
    },
  ) {
    this.engine = engine;
    this.#memoryMb = options.memoryMb;
    this.#isTrusted = options.isTrusted ?? true;
    this.#size = options.warmIsolates;
  }

  /** An isolate on these terms: a ready one, or a new one. Fails with ISOLATE_CEILING. */
  take(needs: Needs): IsolatedService {
    return this.#takeReady(needs) ?? this.engine.create(needs.memoryMb, needs);
  }

  /**
   * As `take`; one that is not ready is made on other threads, several at a time. In cells, whose
   * processes are killed: a shard's thread must not end before such work does.
   */
  async takeSoon(needs: Needs): Promise<IsolatedService> {
    return this.#takeReady(needs) ?? (await this.#make(needs));
  }

  #takeReady({ memoryMb, isTrusted }: Needs): IsolatedService | undefined {
    const isKept = memoryMb === this.#memoryMb && isTrusted === this.#isTrusted;
    return isKept ? this.#ready.pop() : undefined;
  }

  #make({ memoryMb, isTrusted }: Needs): Promise<IsolatedService> {
    const lane = this.#lane++ % this.#lanes.length;
    const before = this.#lanes[lane] ?? Promise.resolve();
    const made = before.then(() => this.engine.createApart(memoryMb, { isTrusted }));
    this.#lanes[lane] = made.catch(() => {});
    return made;
  }

  /** Makes one isolate after a pause, and goes on until the pool is full. */
  refillSoon(): void {
    if (this.#ready.length >= this.#size) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refill(), refillMs);
    this.#timer.unref();
  }

  #refill(): void {
    try {
      this.#ready.push(this.engine.create(this.#memoryMb, { isTrusted: this.#isTrusted }));
    } catch {
      return; // the ceiling: the next launch says so to its caller
    }
    this.refillSoon();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const isolate of this.#ready) isolate.dispose();
    this.#ready.length = 0;
  }
}
