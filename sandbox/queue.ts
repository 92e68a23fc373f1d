// Queue: a critical section (skynet.queue, reference §3.1).
// Guest (and host services). Made by authors.
// Invariant: one handler at a time, in order of arrival; a thread that is inside enters again
// without waiting.

import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Timers } from "./timers.ts";

export type CriticalSection = <T>(handler: () => T | Promise<T>) => Promise<T>;

/** Who waits for its turn; the entry is the token that it waits on. */
type Entry = { isGone: boolean };

export function makeQueue(threads: Threads, timers: Timers): CriticalSection {
  const waiting: (Entry | undefined)[] = [];
  let head = 0;
  let isHeld = false;
  let holder: Thread | undefined;

  function leave(): void {
    holder = undefined;
    while (head < waiting.length) {
      const next = waiting[head] as Entry;
      waiting[head++] = undefined;
      if (!next.isGone && timers.wakeup(next)) return;
    }
    isHeld = false;
    waiting.length = 0;
    head = 0;
  }

  async function turn(): Promise<void> {
    if (waiting.length - head >= limits.threadsMax) {
      const text = `${limits.threadsMax} threads wait for one queue (threadsMax)`;
      throw new CodedError("THREADS_FULL", text);
    }
    const entry: Entry = { isGone: false };
    waiting[waiting.length] = entry;
    try {
      await timers.wait(entry);
    } catch (error) {
      entry.isGone = true; // killed, or the service exits
      throw error;
    }
  }

  return async (handler) => {
    const thread = threads.running();
    if (isHeld && thread !== undefined && thread === holder) return handler();
    if (isHeld) await turn();
    isHeld = true;
    holder = thread;
    try {
      return await handler();
    } finally {
      leave();
    }
  };
}
