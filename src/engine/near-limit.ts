// Near limit: a whole collection of an isolate that may be over its memory limit, without a session
// of the inspector.
// One shard's thread. Called by isolate.ts before any session is opened, with the service held.
// Invariant: when it returns, the next collection will not end the isolate: an isolate that is
// destroyed with a session open takes the thread that destroys it, and whoever ends the session,
// into a deadlock.

import { isolateGone } from "./inspector-session.ts";
import type { Ivm } from "./vm.ts";

const nearLimit = 0.95;

/**
 * Collects when the isolate, garbage included, has used up its limit: the library ends an isolate
 * that is over it after a collection. What would be too large to allocate makes the library collect
 * first. In a context of its own: an author can have replaced ArrayBuffer in his. Fails with
 * ADDRESS_DEAD when that was the isolate's end.
 */
export async function collectNearLimit(
  isolate: Ivm.Isolate,
  heap: Ivm.HeapStatistics,
  limitBytes: number,
): Promise<void> {
  const usedBytes = heap.used_heap_size + heap.externally_allocated_size;
  if (usedBytes <= limitBytes * nearLimit) return;
  let context: Ivm.Context | undefined;
  try {
    context = await isolate.createContext();
    await context.eval(`new ArrayBuffer(${limitBytes})`);
  } catch {
    // The allocation is refused, or the isolate has ended.
  }
  if (isolate.isDisposed) throw isolateGone();
  context?.release();
}
