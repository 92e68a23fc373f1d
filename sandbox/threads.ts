// Threads: runs logical threads and knows which one runs.
// Guest (and host services). Fed by dispatcher.ts, forks.ts, timers.ts, lifecycle.ts.
// Invariant: `current` is set exactly while a handler's synchronous part runs; a thread whose
// handler has returned a promise is in `live` until that promise has settled.

import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { apply, PromiseCaptured, SafeSet, promiseThen } from "./primordials.ts";
import { ThreadSlots } from "./thread-stack.ts";
import { Thread, type ThreadOwner } from "./thread.ts";

const resolved: Promise<void> = PromiseCaptured.resolve();

export class Threads {
  /** Threads that wait for something. */
  readonly live = new SafeSet<Thread>();
  readonly #slots = new ThreadSlots();
  #current: Thread | undefined;
  /** The thread whose wait has just ended: its continuation is the next microtask. */
  #resumed: Thread | undefined;
  #lastId = 0;
  readonly #clearResumed = (): void => {
    this.#resumed = undefined;
  };
  readonly #finished = (thread: Thread, value: unknown): void => {
    this.live.delete(thread);
    this.#slots.leave(thread);
    thread.owner.finished(thread, value);
  };
  readonly #failed = (thread: Thread, error: unknown): void => {
    this.live.delete(thread);
    this.#slots.leave(thread);
    thread.owner.failed(thread, error);
  };

  make(what: string, owner: ThreadOwner): Thread {
    return new Thread(++this.#lastId, what, owner);
  }

  /** Runs the handler's synchronous part; the owner is told how the thread ends, then or later. */
  // hot: bench call
  run(thread: Thread, handler: (...args: never[]) => unknown, args: readonly unknown[]): void {
    const before = this.#current;
    this.#current = thread;
    let result: unknown;
    try {
      result = apply(handler, undefined, args);
      if (isThenable(result)) {
        if (this.live.size >= limits.threadsMax) throw tooMany(this.live.size);
        this.live.add(thread);
        this.#slots.follow(thread, result, this.#finished, this.#failed);
        return;
      }
    } catch (error) {
      thread.owner.failed(thread, error);
      return;
    } finally {
      this.#current = before;
    }
    thread.owner.finished(thread, result);
  }

  /** The thread that runs, for what it inherits: cheap, and right unless threads share promises. */
  hint(): Thread | undefined {
    if (this.#current !== undefined) return this.#current;
    const { size } = this.live;
    if (size === 0) return undefined;
    if (size === 1) return this.#onlyOne();
    return this.#resumed ?? this.#slots.running();
  }

  /** The thread that runs, for certain. About 3 µs after an await. */
  running(): Thread | undefined {
    if (this.#current !== undefined) return this.#current;
    return this.live.size === 0 ? undefined : this.#slots.running();
  }

  get isInHandler(): boolean {
    return this.#current !== undefined;
  }

  #onlyOne(): Thread | undefined {
    let only: Thread | undefined;
    this.live.forEach((thread) => {
      only = thread;
    });
    return only;
  }

  /**
   * Called before a wait of `thread` is settled: the microtask before its continuation marks it.
   */
  resuming(thread: Thread | undefined): void {
    if (this.live.size < 2) return;
    promiseThen(resolved, () => {
      this.#resumed = thread;
    });
  }

  /** Called after the waits of a batch were settled. */
  resumedAll(): void {
    if (this.live.size < 2) return;
    promiseThen(resolved, this.#clearResumed);
  }

  /** Runs `body` as nobody: what it starts inherits nothing. */
  outside(body: () => void): void {
    const before = this.#current;
    this.#current = undefined;
    try {
      body();
    } finally {
      this.#current = before;
    }
  }
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

function tooMany(size: number): CodedError {
  return new CodedError(
    "THREADS_FULL",
    `the service has ${size} suspended threads; ${limits.threadsMax} are allowed (threadsMax)`,
  );
}
