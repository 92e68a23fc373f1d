// Kill thread: ends a logical thread that is not running (skynet.killthread, reference §2.6).
// Guest (and host services). Asked by authors and by the debug command KILLTASK.
// Invariant: a killed thread's request is answered with a fault, at once; what its handler still
// does is its own.

import { CodedError } from "../wire/coded-error.ts";
import { StringPrototypeIndexOf as indexOf } from "../wire/primordials.ts";
import type { Forks } from "./forks.ts";
import type { Replies } from "./replies.ts";
import type { Thread } from "./thread.ts";
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

type Matches = (thread: Thread) => boolean;

/**
 * The thread, or the first whose text contains `which`; undefined when there is none that could be
 * ended.
 */
export function killThread(parts: KillParts, which: unknown): Thread | undefined {
  const { threads, forks, timers, waits } = parts;
  const running = threads.running();
  const matches: Matches = (thread) =>
    thread !== running &&
    (typeof which === "string" ? indexOf(thread.toString(), which) >= 0 : thread === which);
  const victim = forks.find(matches) ?? findLive(parts, matches);
  if (victim === undefined) {
    const timer = findTimer(parts, matches);
    return timer !== undefined && timers.cancel(timer) ? timer : undefined;
  }
  const error = new CodedError("THREAD_KILLED", `${victim.toString()} was ended by killThread`);
  victim.killed = error;
  answer(parts, victim, error);
  waits.forEach((wait) => {
    if (wait.thread === victim && wait.isAwaited) waits.fail(wait.session, error);
  });
  threads.resumedAll();
  return victim;
}

function findLive({ threads }: KillParts, matches: Matches): Thread | undefined {
  let found: Thread | undefined;
  threads.live.forEach((thread) => {
    if (found === undefined && thread.killed === undefined && matches(thread)) found = thread;
  });
  return found;
}

/** A timer that has not fired. */
function findTimer({ waits }: KillParts, matches: Matches): Thread | undefined {
  let found: Thread | undefined;
  waits.forEach(({ thread, isAwaited }) => {
    if (found === undefined && !isAwaited && thread !== undefined && matches(thread)) {
      found = thread;
    }
  });
  return found;
}

function answer({ replies }: KillParts, victim: Thread, error: CodedError): void {
  if (victim.duty !== "owed") return;
  if (!victim.isRequesterDead) replies.fault(victim, "THREAD_KILLED", error.message);
  victim.duty = "replied";
}
