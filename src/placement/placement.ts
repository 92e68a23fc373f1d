// Placement: which shard a service goes to.
// Main thread. Asked by host.ts for each launch, with what the turn marks show.
// Invariant: a placement is never shard 0, which is the host's own.

/** Load of one shard as its turn mark tells it. */
export type ShardLoad = {
  readonly index: number;
  /** Services on it. */
  readonly services: number;
  /** Frames that wait there. */
  readonly waiting: number;
};

/** Waiting frames that weigh as much as one more service. */
const framesPerService = 256;

/** The least loaded shard; the lowest index of several. `near` wins when it is one of them. */
export function placeService(loads: readonly ShardLoad[], near?: number): number {
  let best: ShardLoad | undefined;
  let bestWeight = Number.POSITIVE_INFINITY;
  for (const load of loads) {
    if (load.index === 0) continue;
    if (load.index === near) return load.index;
    const weight = load.services + load.waiting / framesPerService;
    if (weight >= bestWeight) continue;
    best = load;
    bestWeight = weight;
  }
  if (best === undefined) throw new Error("a host has at least one shard for guests");
  return best.index;
}
