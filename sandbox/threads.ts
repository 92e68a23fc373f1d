// Threads: runs logical threads and knows which one runs.
// Guest (and host services). Fed by dispatcher.ts, forks.ts, timers.ts, lifecycle.ts.
// Invariant: `current` is set exactly while a handler's synchronous part runs; a thread whose
// handler has returned a promise is in `live` until that promise has settled.

import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { ReflectApply } from "../wire/primordials.ts";
import { ControlWord } from "../wire/turn-memory.ts";
import { OwnSet } from "./containers.ts";
import { soon } from "./microtask.ts";
import { Thread, type ThreadOwner } from "./thread.ts";
import { ThreadSlots } from "./thread-stack.ts";

/** A failure of the runtime's own, which the requester is told under its code. */
export class ThreadFault extends CodedError {
  readonly #isOurs = true;

  static isOurs(value: unknown): value is ThreadFault {
    return typeof value === "object" && value !== null && #isOurs in value && value.#isOurs;
  }
}

const nobodysOwner: ThreadOwner = { finished: () => {}, failed: () => {} };
/**
 * Stands for author code that belongs to no thread: started by the module body, or by a thread that
 * has ended.
 */
const nobody = new Thread(0, "nobody", nobodysOwner);

export class Threads {
  /** Threads that wait for something. */
  readonly live = new OwnSet<Thread>();
  /** Counts the entries into the service. */
  entry = 0;
  /** A wait was settled in this entry: its author's code goes on when the microtasks run. */
  hasResumed = false;
  /** Some author code runs outside all threads: which thread runs must be looked for. */
  hasStrays = false;
  readonly #control: Int32Array;
  readonly #slots = new ThreadSlots();
  #current: Thread | undefined;
  /** The thread whose wait has just ended: its continuation is the next microtask. */
  #resumed: Thread | undefined;
  #lastId = 0;
  readonly #clearResumed = (): void => {
    this.#resumed = undefined;
  };
  readonly #finished = (thread: Thread, value: unknown): void => {
    this.#leave(thread);
    thread.owner.finished(thread, value);
  };
  readonly #failed = (thread: Thread, error: unknown): void => {
    this.#leave(thread);
    thread.owner.failed(thread, error);
  };

  constructor(control: Int32Array) {
    this.#control = control;
  }

  make(what: string, owner: ThreadOwner): Thread {
    return new Thread(++this.#lastId, what, owner);
  }

  /** The thread whose handler's synchronous part runs. */
  get current(): Thread | undefined {
    return this.#current;
  }

  /** Runs the handler's synchronous part; the owner is told how the thread ends, then or later. */
  // hot: bench call
  run(thread: Thread, handler: (...args: never[]) => unknown, args: readonly unknown[]): void {
    const before = this.#current;
    this.#current = thread;
    thread.entry = this.entry;
    let result: unknown;
    try {
      result = ReflectApply(handler, undefined, args);
      if (isThenable(result)) {
        if (this.live.size >= limits.threadsMax) throw tooMany(this.live.size);
        this.#control[ControlWord.suspended] = this.live.add(thread).size;
        thread.isSuspended = true;
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

  #leave(thread: Thread): void {
    this.live.delete(thread);
    // In a microtask, as a rule, when the turn's own code is over: the host sees it all the same.
    this.#control[ControlWord.suspended] = this.live.size;
    thread.isSuspended = false;
    this.#slots.leave(thread);
  }

  /** Forgets a thread whose code will not go on. */
  abandon(thread: Thread): void {
    if (thread.isSuspended) this.#leave(thread);
  }

  /** The thread that runs, for what it inherits: cheap, and right unless threads share promises. */
  hint(): Thread | undefined {
    if (this.#current !== undefined) return this.#current;
    const { size } = this.live;
    if (size === 0) return undefined;
    if (size === 1 && !this.hasStrays) return this.#onlyOne();
    if (this.#resumed === undefined) return this.#slots.running();
    return this.#resumed === nobody ? undefined : this.#resumed;
  }

  /** The thread whose code will await what is asked for now. */
  awaiting(): Thread | undefined {
    const thread = this.hint();
    if (thread === undefined) this.hasStrays = true;
    return thread;
  }

  /** The thread that runs, for certain. About 3 µs after an await. */
  running(): Thread | undefined {
    if (this.#current !== undefined) return this.#current;
    return this.live.size === 0 ? undefined : this.#slots.running();
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
    this.hasResumed = true;
    if (thread !== undefined) {
      thread.entry = this.entry;
      if (!thread.isSuspended && thread !== this.#current) this.hasStrays = true;
    }
    if (this.live.size < 2 && !this.hasStrays) return;
    soon(() => {
      this.#resumed = thread?.isSuspended === true ? thread : nobody;
    });
  }

  /** Called after one wait, or those of a batch, were settled. */
  resumedAll(): void {
    if (this.live.size < 2 && !this.hasStrays) return;
    soon(this.#clearResumed);
  }

  /**
   * After the last entry was interrupted: the thread whose synchronous part was cut off, if any.
   * What V8 has unwound did not run its `finally`.
   */
  takeInterrupted(): Thread | undefined {
    const interrupted = this.#current;
    this.#current = undefined;
    this.#resumed = undefined;
    return interrupted;
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
  return new ThreadFault(
    "THREADS_FULL",
    `the service has ${size} suspended threads; ${limits.threadsMax} are allowed (threadsMax)`,
  );
}
