// Starts: the services of one shard that are being started, each with its time limit.
// One worker thread. Kept by guest-services.ts.
// Invariant: the promise of a start settles once: ready, exited, failed, or out of time.

import { CodedError } from "../../wire/coded-error.ts";

/** true: ready; false: exited meanwhile. */
export type StartOutcome = boolean | CodedError;

type Start = PromiseWithResolvers<boolean> & { readonly timer: NodeJS.Timeout };

export class Starts {
  readonly #starts = new Map<number, Start>();

  /** `onTimeout` is told when the start has not settled in `timeoutMs`. */
  open(address: number, timeoutMs: number, onTimeout: () => void): Promise<boolean> {
    const timer = setTimeout(onTimeout, timeoutMs);
    const start = { ...Promise.withResolvers<boolean>(), timer };
    this.#starts.set(address, start);
    return start.promise;
  }

  /** Nothing happens when the start has settled. */
  settle(address: number, outcome: StartOutcome): void {
    const start = this.#starts.get(address);
    if (start === undefined) return;
    this.#starts.delete(address);
    clearTimeout(start.timer);
    if (typeof outcome === "boolean") start.resolve(outcome);
    else start.reject(outcome);
  }
}
