// Kill thread: ends a logical thread that is not running (skynet.killthread, reference §2.6).
// Guest (and host services). Asked by authors and by the debug command KILLTASK.
// Invariant: a killed thread's request is answered with a fault, at once; what its handler still
// does is its own.

import { CodedError } from "../wire/coded-error.ts";
import type { Forks } from "./forks.ts";
import type { Replies } from "./replies.ts";
import { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Timers } from "./timers.ts";
import type { Waits } from "./waits.ts";

export type KillParts = {
  readonly threads: Threads;
  readonly forks: Forks;
  readonly timers: Timers;
  readonly waits: Waits;
  readonly replies: Replies;
};

/**
 * The thread, or the first whose text contains `which`; undefined when there is none that could be
 * ended.
 */
export function killThread(parts: KillParts, which: Thread | string): Thread | undefined {
  const matches = (thread: Thread): boolean =>
    typeof which === "string" ? thread.toString().includes(which) : thread === which;
  const { threads, forks, timers, waits, replies } = parts;
  let victim = forks.find(matches);
  threads.live.forEach((thread) => {
    if (victim === undefined && matches(thread)) victim = thread;
  });
  if (victim === undefined)
    return which instanceof Thread && timers.cancel(which) ? which : undefined;
  const error = new CodedError("THREAD_KILLED", `${victim.toString()} was ended by killThread`);
  victim.killed = error;
  threads.live.delete(victim);
  if (victim.duty === "owed") {
    replies.fault(victim, "THREAD_KILLED", error.message);
    victim.duty = "replied";
  }
  waits.forEach((wait) => {
    if (wait.thread === victim) waits.fail(wait.session, error);
  });
  return victim;
}
