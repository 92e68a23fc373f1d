// Insight powers: what the commands that look into services need of the host and may not import.
// Shard 0. Made by the composition root (src/insight.ts).
// Invariant: types only.

import type { Address } from "isonet";

/** A new file in the directory of profiles. */
export type ProfileFile = {
  /** Absolute. */
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
};

export type SnapshotSummary = {
  readonly nodes: number;
  readonly edges: number;
  readonly selfBytes: number;
};

/** How the objects of one constructor have grown between two snapshots. */
export type Growth = {
  readonly constructor: string;
  readonly count: number;
  readonly countGrowth: number;
  readonly selfBytesGrowth: number;
  /** Bytes that are kept alive by its objects in the later snapshot; undefined: too many nodes. */
  readonly retainedBytes: number | undefined;
  /** How most of its objects are reached from the roots; "" when they are not. */
  readonly path: string;
};

export type HeapGrowth = {
  readonly before: SnapshotSummary;
  readonly after: SnapshotSummary;
  /** What grew most first. */
  readonly growers: readonly Growth[];
};

/** One function of a profile; `line` from 1. */
export type HotFunction = {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  /** Of its own, not of what it calls: microseconds, or bytes. */
  readonly self: number;
  /** The line of it where most of that was; 0: not known. */
  readonly hotLine: number;
};

export type HotFunctions = {
  readonly total: number;
  readonly samples: number;
  readonly functions: readonly HotFunction[];
};

export type InsightPowers = {
  /** Control service of the shard or cell where it lives. Fails with ADDRESS_UNKNOWN. */
  readonly controlOf: (address: Address) => Address;
  /** What a service belongs to, for totals; undefined: not known any more. */
  readonly originOf: (
    address: Address,
  ) => { readonly owner: string; readonly module: string; readonly place: string } | undefined;
  /** Largest message, header included. */
  readonly messageBytesMax: number;
  /** Fails with ARGUMENT_INVALID: the name has a path in it, or is taken. */
  readonly createFile: (name: string) => Promise<ProfileFile>;
  /** These read files in a helper thread. They fail with INSPECT_FAILED. */
  readonly readSnapshot: (path: string) => Promise<SnapshotSummary>;
  readonly compareSnapshots: (before: string, after: string) => Promise<HeapGrowth>;
  readonly readProfile: (path: string) => Promise<HotFunctions>;
  /** Before the first profile: see src/insight.ts. */
  readonly guardProfiling: () => void;
};
