// Thread: one logical thread of a service, a message being handled, a fork, a timer, or the start
// handler.
// Guest (and host services). Made by dispatcher.ts, forks.ts, timers.ts and lifecycle.ts; run by
// threads.ts.
// Invariant: `duty` never comes back to "owed": a request is answered at most once.

import type { CodedError } from "../wire/coded-error.ts";
import { ObjectFreeze } from "../wire/primordials.ts";

/** What a thread owes the sender of its message. */
export type Duty =
  /** It handles no message, or a one-way one that was "replied" to. */
  | "none"
  /** A one-way message: a reply goes nowhere. */
  | "one-way"
  | "owed"
  /** Its reply is being written. */
  | "replying"
  | "replied"
  /** response() or ignoreRet() took it away. */
  | "taken";

/** Who is told how a thread ended. */
export type ThreadOwner = {
  finished(thread: Thread, value: unknown): void;
  failed(thread: Thread, error: unknown): void;
};

export class Thread {
  readonly id: number;
  readonly what: string;
  owner: ThreadOwner;
  session = 0;
  source = 0;
  kind = 0;
  /** Ticks modulo 2^32 at which the requester stops waiting; 0: never. */
  deadline = 0;
  duty: Duty = "none";
  isRequesterDead = false;
  traceTag: string | undefined;
  /** Set by killThread: how its handler ends from then on does not matter. */
  killed: CodedError | undefined;
  /** Session of a timer that starts this thread. */
  timerSession = 0;
  /** Its place among the suspended threads (thread-stack.ts). */
  slot = 0;
  /** Its handler has returned a promise that has not settled. */
  isSuspended = false;
  /** The entry into the service in which it last ran, as far as the runtime knows. */
  entry = 0;

  constructor(id: number, what: string, owner: ThreadOwner) {
    this.id = id;
    this.what = what;
    this.owner = owner;
  }

  toString(): string {
    return `thread ${this.id} ${this.what}`;
  }
}
ObjectFreeze(Thread.prototype); // authors hold threads
