// Recording reader: what takes a processor for a while, done beside the shards: heap snapshots and
// profiles are read here.
// A helper thread of the host; its functions are run by shard-pool.ts.
// Invariant: files may hold what a hostile cell sent: they fail with INSPECT_FAILED, or the thread
// ends with its own memory limit, and the host goes on.

import { readFileSync } from "node:fs";
import { compareHeaps, type ClassGrowth } from "./heap-growth.ts";
import { readHeapSnapshot, type HeapSnapshot } from "./heap-snapshot.ts";
import { hotFunctions, type HotReport } from "./hot-functions.ts";

export type HeapSummary = { nodes: number; edges: number; selfBytes: number };

/** A CodedError does not keep its code on the way to another thread. */
export type HelperResult<T> = { readonly value: T } | { readonly fault: string };

export function readSnapshotFile({ path }: { path: string }): HelperResult<HeapSummary> {
  return settled(() => summaryOf(readHeapSnapshot(readFileSync(path))));
}

export function compareSnapshotFiles(files: {
  before: string;
  after: string;
}): HelperResult<{ before: HeapSummary; after: HeapSummary; growers: ClassGrowth[] }> {
  return settled(() => {
    const before = readHeapSnapshot(readFileSync(files.before));
    const after = readHeapSnapshot(readFileSync(files.after));
    const growers = compareHeaps(before, after);
    return { before: summaryOf(before), after: summaryOf(after), growers };
  });
}

export function readProfileFile({ path }: { path: string }): HelperResult<HotReport> {
  return settled(() => hotFunctions(readFileSync(path, "utf8")));
}

function summaryOf({ nodes, edges, selfBytes }: HeapSnapshot): HeapSummary {
  return { nodes, edges, selfBytes: selfBytes.reduce((sum, bytes) => sum + bytes, 0) };
}

function settled<T>(work: () => T): HelperResult<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
