// Host memory: everything the threads of one host share, made once on the main thread.
// Passed to each shard's worker as it starts; plain shared buffers, no locks.
// Invariant: a ring is written by one shard and read by one other.

import { Directory } from "../kernel/directory.ts";
import { TurnMark } from "../kernel/turn-mark.ts";
import { ringMemory } from "../link/ring.ts";

export type HostMemory = {
  readonly shards: number;
  readonly directory: SharedArrayBuffer;
  readonly marks: SharedArrayBuffer;
  readonly isolateCount: SharedArrayBuffer;
  /** One word: a value of Stopping. */
  readonly stopping: SharedArrayBuffer;
  /** `rings[from * shards + to]`. */
  readonly rings: readonly SharedArrayBuffer[];
  /** Monotonic milliseconds (process.hrtime) that tick 0 stands for. */
  readonly tickZeroMs: number;
  /** Epoch milliseconds that tick 0 stands for: a whole second, as Skynet's start time. */
  readonly startTimeMs: number;
};

/** How far the end of a host has come. */
export const Stopping = {
  no: 0,
  /** Services end. */
  services: 1,
  /** Shard 0 has nothing on its way to the other shards any more: they may go. */
  threads: 2,
} as const;

/** `shards` counts shard 0 too. */
export function makeHostMemory(shards: number): HostMemory {
  const epochMs = Date.now();
  const startTimeMs = epochMs - (epochMs % 1000);
  return {
    shards,
    directory: Directory.memory(),
    marks: TurnMark.memory(shards),
    isolateCount: new SharedArrayBuffer(4),
    stopping: new SharedArrayBuffer(4),
    rings: Array.from({ length: shards * shards }, () => ringMemory()),
    tickZeroMs: monotonicMs() - (epochMs % 1000),
    startTimeMs,
  };
}

/** Milliseconds of a clock that all threads share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
