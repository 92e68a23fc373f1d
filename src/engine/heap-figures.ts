// Heap figures: what one isolate uses of the machine's memory, as V8 counts it.
// One shard's thread. Read by isolate.ts, which enters the isolate for it.
// Invariant: reading them runs no code of the author's.

import type { HeapFigures } from "./engine.ts";
import type { Ivm } from "./vm.ts";

/** Of an isolate that nobody has looked at. */
export const noHeapFigures: HeapFigures = {
  usedBytes: 0,
  totalBytes: 0,
  limitBytes: 0,
  externalBytes: 0,
  nativeBytes: 0,
  sharedBytes: 0,
};

/** `sharedBytes`: its turn memory, which V8 does not count. */
export function heapFigures(isolate: Ivm.Isolate, sharedBytes: number): HeapFigures {
  const figures = isolate.getHeapStatisticsSync();
  return {
    usedBytes: figures.used_heap_size,
    totalBytes: figures.total_heap_size,
    limitBytes: figures.heap_size_limit,
    externalBytes: figures.externally_allocated_size,
    nativeBytes: figures.malloced_memory,
    sharedBytes,
  };
}
