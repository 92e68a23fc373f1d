// Forks: threads that start after the message being handled, in order (skynet.fork, reference
// §2.6).
// Guest (and host services). Fed by authors, drained by dispatcher.ts after each message.
// Invariant: forks start once, in the order they were made, those made by forks in the same drain;
// one error stops no other.

import { errorText } from "./format.ts";
import { isExitSignal } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import { soon } from "./microtask.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import type { Threads } from "./threads.ts";

type Fork = {
  readonly thread: Thread;
  readonly handler: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
};

export class Forks implements ThreadOwner {
  readonly #threads: Threads;
  readonly #log: Log;
  #waiting: Fork[] = [];
  /** The oldest that has not started. */
  #head = 0;
  readonly #drain = (): void => this.drain();

  constructor(threads: Threads, log: Log) {
    this.#threads = threads;
    this.#log = log;
  }

  fork(handler: (...args: never[]) => unknown, args: readonly unknown[]): Thread {
    const thread = this.#threads.make("fork", this);
    this.#waiting[this.#waiting.length] = { thread, handler, args };
    // In a handler's synchronous part the dispatcher drains; after an await nobody else would.
    if (this.#threads.current === undefined) this.drainSoon();
    return thread;
  }

  /** Behind the author code that was woken before. */
  drainSoon(): void {
    if (this.#waiting.length > 0) soon(this.#drain);
  }

  drain(): void {
    if (this.#waiting.length === 0) return;
    while (this.#head < this.#waiting.length) {
      // Before it runs: one that is interrupted must not run again.
      const { thread, handler, args } = this.#waiting[this.#head++] as Fork;
      if (thread.killed === undefined) this.#threads.run(thread, handler, args);
    }
    this.clear();
  }

  clear(): void {
    this.#waiting = [];
    this.#head = 0;
  }

  /** A fork that has not started. */
  find(matches: (thread: Thread) => boolean): Thread | undefined {
    for (let index = this.#head; index < this.#waiting.length; index++) {
      const { thread } = this.#waiting[index] as Fork;
      if (thread.killed === undefined && matches(thread)) return thread;
    }
    return undefined;
  }

  finished(): void {}

  failed(thread: Thread, error: unknown): void {
    if (thread.killed !== undefined || isExitSignal(error)) return;
    this.#log.write("error", `${thread.toString()} failed: ${errorText(error)}`);
  }
}
