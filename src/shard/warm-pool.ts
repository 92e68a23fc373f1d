// Warm pool: isolates with the guest runtime in them, made before they are needed.
// One worker thread. Taken from by guest-services.ts, filled again when the thread is idle.
// Invariant: an isolate is handed out once; only isolates of one memory limit and one trust are
// kept.

import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { IsolatedEngine } from "../engine/isolated-engine.ts";
import type { IsolatedService } from "../engine/isolate.ts";

const refillMs = 20; // behind a burst of launches, not between them

export class WarmPool {
  readonly engine: IsolatedEngine;
  readonly #memoryMb: number;
  readonly #isTrusted: boolean;
  readonly #size: number;
  readonly #ready: IsolatedService[] = [];
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
  take({ memoryMb, isTrusted }: Pick<ServiceTerms, "memoryMb" | "isTrusted">): IsolatedService {
    const isKept = memoryMb === this.#memoryMb && isTrusted === this.#isTrusted;
    const ready = isKept ? this.#ready.pop() : undefined;
    return ready ?? this.engine.create(memoryMb, { isTrusted });
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
