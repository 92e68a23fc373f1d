// Restart history: how often one supervised service has ended, and what follows from it.
// Pure: the time and the chance are handed to it. Kept by supervisor.ts for each service.
// Invariant: holds at most restartsMax times; a wait never passes backoffMsMax.

import type { ResolvedRestart } from "./restart-terms.ts";

export type Verdict =
  | { readonly kind: "restart"; readonly afterMs: number }
  | { readonly kind: "give-up" };

export type EndCause = "own" | "neighbour";

/** The share of a wait that chance may leave off. */
const jitter = 0.25;
const doublingsMax = 32; // beyond it every wait is backoffMsMax

export class RestartHistory {
  readonly #terms: ResolvedRestart;
  /** When it ended, within the last `seconds`. */
  #endedMs: number[] = [];
  /** Ends since `seconds` passed without one. */
  #inARow = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(terms: ResolvedRestart) {
    this.#terms = terms;
  }

  /**
   * It has ended; `cause`: by what it did itself, or by what a neighbour did to its cell. The first
   * wait is not for a neighbour's fault. `random` is from 0 to less than 1.
   */
  ended(nowMs: number, random: number, cause: EndCause = "own"): Verdict {
    const { restartsMax, seconds, backoffMs, backoffMsMax } = this.#terms;
    const windowMs = seconds * 1000;
    this.#endedMs = this.#endedMs.filter((ms) => nowMs - ms < windowMs);
    if (this.#endedMs.length >= restartsMax) return { kind: "give-up" };
    this.#endedMs.push(nowMs);
    if (nowMs - this.#lastMs >= windowMs) this.#inARow = 0;
    this.#lastMs = nowMs;
    if (cause === "neighbour" && this.#inARow === 0) {
      this.#inARow++;
      return { kind: "restart", afterMs: 0 };
    }
    const doublings = Math.min(this.#inARow, doublingsMax);
    this.#inARow++;
    const waitMs = Math.min(backoffMs * 2 ** doublings, backoffMsMax);
    return { kind: "restart", afterMs: Math.ceil(waitMs * (1 - jitter * random)) };
  }
}
