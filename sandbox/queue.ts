// Queue: a critical section (skynet.queue, reference §3.1).
// Guest (and host services). Made by authors.
// Invariant: one handler at a time, in order of arrival; a thread that is inside enters again
// without waiting.

import { limits } from "../wire/limits.ts";
import { CodedError } from "../wire/coded-error.ts";
import { PromiseCaptured } from "./primordials.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";

export type CriticalSection = <T>(handler: () => T | Promise<T>) => Promise<T>;

export function makeQueue(threads: Threads): CriticalSection {
  const waiting: (() => void)[] = [];
  let head = 0;
  let isHeld = false;
  let holder: Thread | undefined;

  function leave(): void {
    holder = undefined;
    const next = waiting[head];
    if (next === undefined) {
      isHeld = false;
      waiting.length = 0;
      head = 0;
      return;
    }
    waiting[head++] = undefined as never;
    next();
  }

  return async (handler) => {
    const thread = threads.running();
    if (isHeld && thread !== undefined && thread === holder) return await handler();
    if (isHeld) {
      if (waiting.length - head >= limits.threadsMax) {
        throw new CodedError(
          "THREADS_FULL",
          `${limits.threadsMax} threads wait for one queue (threadsMax)`,
        );
      }
      await new PromiseCaptured<void>((resolve) => {
        waiting[waiting.length] = resolve;
      });
    }
    isHeld = true;
    holder = thread;
    try {
      return await handler();
    } finally {
      leave();
    }
  };
}
