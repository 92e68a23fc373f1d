// Batch weight: how many waiting frames a service gets in one turn.
// Pure. Asked by inbox.ts before each turn. Skynet's weights (skynet_start.c, reference §1.3).
// Invariant: at least one frame, at most batchFramesMax.

import { limits } from "../../wire/limits.ts";

/** -1: one frame a turn; 0: all that wait; 1: half of them; 2: a quarter; 3: an eighth. */
export type BatchWeight = -1 | 0 | 1 | 2 | 3;

export function batchFrames(depth: number, weight: BatchWeight): number {
  const share = weight < 0 ? 1 : depth >> weight;
  return Math.min(Math.max(share, 1), limits.batchFramesMax);
}
