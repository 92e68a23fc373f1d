// Cell order: what a cell's process is told as it starts, and the first words it speaks.
// Written by cell-process.ts on the host's main thread, read by entry.ts in the cell.
// Invariant: nothing in it is a secret: every user of the machine can read a command line.

import type { ShardOptions } from "../shard/shard-options.ts";

export type CellOrder = {
  /** Its place in the directory, behind the host's shards. */
  readonly place: number;
  readonly tickZeroMs: number;
  readonly options: ShardOptions;
};

/** Descriptors that a cell inherits besides the standard three. */
export const CellDescriptor = { pipe: 3, mark: 4 } as const;
