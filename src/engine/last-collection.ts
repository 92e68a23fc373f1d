// Last collection: collects the garbage of a thread's own heap before the thread ends.
// Worker threads. Called by worker.ts behind the disposal of its isolates.
// Invariant: none of the library's handles is garbage, and no collection is under way, as V8 takes
// the heap down: it would finish the collection, and the library's handles end the process then,
// since they no longer find the thread that they belong to.

import { Session } from "node:inspector";

export async function collectBeforeEnd(): Promise<void> {
  const session = new Session();
  session.connect();
  await new Promise<void>((resolve) => {
    session.post("HeapProfiler.collectGarbage", () => resolve());
  });
  session.disconnect();
}
