// Shard options: what a shard needs of the host's options, as plain values that cross to its worker
// thread.
// Any thread. Made by host.ts from the resolved options.
// Invariant: the same on every shard of a host.

import type { BatchWeight } from "../kernel/batch.ts";

export type ShardOptions = {
  readonly node: number;
  readonly startTimeMs: number;
  readonly callTimeoutMs: number;
  readonly turnMsMax: number;
  readonly startMsMax: number;
  readonly memoryMb: number;
  /** Memory of an untrusted service's isolate, in a cell. */
  readonly untrustedMemoryMb: number;
  readonly mailboxDepthMax: number;
  readonly mailboxBytesMax: number;
  readonly messageBytesMax: number;
  readonly batchWeight: BatchWeight;
  /** Isolates kept ready on each shard. */
  readonly warmIsolates: number;
  /** Isolates of the whole process. */
  readonly isolatesMax: number;
  /** Owners share the shard's time, however many services each has: in cells. */
  readonly isFair?: boolean;
};
