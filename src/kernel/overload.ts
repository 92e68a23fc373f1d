// Overload: tells when a mailbox grows beyond what its service handles.
// One per service. Asked by scheduler.ts once a turn with the depth that is left.
// Invariant: one report for each doubling of the threshold, which returns to its start when the
// mailbox is empty (skynet_mq.c, reference §1.3).

import { limits } from "../../wire/limits.ts";

export class Overload {
  #threshold: number = limits.overloadDepthMin;

  /** The depth to report, or 0. */
  observe(depth: number): number {
    if (depth === 0) {
      this.#threshold = limits.overloadDepthMin;
      return 0;
    }
    if (depth <= this.#threshold) return 0;
    while (depth > this.#threshold) this.#threshold *= 2;
    return depth;
  }
}
