// Tasks: what each suspended thread of the service waits for, in words (skynet.task and uniqtask,
// reference §2.6).
// Guest (and host services). Asked by api.ts and, for operators, by debug.ts.
// Invariant: one pass over the waits, however many threads there are.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { NumberPrototypeToFixed as toFixed } from "../wire/primordials.ts";
import type { GuestClock } from "./clock.ts";
import { OwnMap } from "./containers.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Wait } from "./wait.ts";
import type { Waits } from "./waits.ts";

const sessionsListed = 10; // of the threads that wait for the same thing

type Group = { count: number; sessions: string };

export class Tasks {
  readonly #threads: Threads;
  readonly #waits: Waits;
  readonly #clock: GuestClock;

  constructor(threads: Threads, waits: Waits, clock: GuestClock) {
    this.#threads = threads;
    this.#waits = waits;
    this.#clock = clock;
  }

  get count(): number {
    return this.#threads.live.size;
  }

  /** Each suspended thread with what it waits for. */
  all(): Record<string, string> {
    const waiting = this.#waiting((wait) => this.#since(wait));
    const tasks: Record<string, string> = {};
    this.#threads.live.forEach((thread) => {
      tasks[titleOf(thread)] = textIn(waiting, thread);
    });
    return tasks;
  }

  /** What the first thread that matches waits for; undefined when there is none. */
  find(matches: (thread: Thread) => boolean): string | undefined {
    let found: Thread | undefined;
    this.#threads.live.forEach((thread) => {
      if (found === undefined && matches(thread)) found = thread;
    });
    return (
      found &&
      textIn(
        this.#waiting((wait) => this.#since(wait)),
        found,
      )
    );
  }

  /** Threads that wait for the same thing, counted. */
  unique(): Record<string, string> {
    const waiting = this.#waiting((wait) => wait.what);
    const groups = new OwnMap<string, Group>();
    this.#threads.live.forEach((thread) => {
      const key = `${thread.what}: ${textIn(waiting, thread)}`;
      const group = groups.get(key) ?? { count: 0, sessions: "" };
      if (group.count < sessionsListed) group.sessions += `${comma(group.count)}${thread.session}`;
      if (group.count === sessionsListed) group.sessions += ",...";
      group.count++;
      groups.set(key, group);
    });
    const answer: Record<string, string> = {};
    groups.forEach(({ count, sessions }, key) => {
      answer[`${count}\tsessions:[${sessions}]\t${key}`] = key;
    });
    return answer;
  }

  #waiting(textOf: (wait: Wait) => string): OwnMap<Thread, string> {
    const waiting = new OwnMap<Thread, string>();
    this.#waits.forEach((wait) => {
      const { thread, isAwaited } = wait;
      if (thread === undefined || !isAwaited) return;
      const before = waiting.get(thread);
      waiting.set(thread, before === undefined ? textOf(wait) : `${before}; ${textOf(wait)}`);
    });
    return waiting;
  }

  #since(wait: Wait): string {
    const seconds = ((this.#clock.now() - wait.sinceTick) | 0) / 100;
    return `${wait.toString()} for ${toFixed(seconds, 2)} s`;
  }
}

function comma(count: number): string {
  return count === 0 ? "" : ",";
}

function textIn(waiting: OwnMap<Thread, string>, thread: Thread): string {
  return waiting.get(thread) ?? "awaits something of its own";
}

function titleOf(thread: Thread): string {
  if (thread.session === 0) return thread.toString();
  const from = formatAddress(thread.source as ServiceAddress);
  return `${thread.toString()} session: ${thread.session} from ${from}`;
}
