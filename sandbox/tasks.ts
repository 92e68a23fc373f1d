// Tasks: what each suspended thread of the service waits for, in words (skynet.task and uniqtask,
// reference §2.6).
// Guest (and host services). Asked by api.ts and, for operators, by debug.ts.
// Invariant: one pass over the waits, however many threads there are.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { limits } from "../wire/limits.ts";
import { NumberPrototypeToFixed as toFixed } from "../wire/primordials.ts";
import type { GuestClock } from "./clock.ts";
import { OwnMap } from "./containers.ts";
import { tellAwaiting } from "./thread-stack.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Wait } from "./wait.ts";
import type { Waits } from "./waits.ts";

const sessionsListed = 10; // of the threads that wait for the same thing
const nothingKnown = "awaits something of its own";

type Matches = (thread: Thread) => boolean;
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
    return this.#list(always, (wait) => this.#since(wait));
  }

  /** As `all`, of those that match, but the one that asks; with who awaits that in their code. */
  async withStacks(matches: Matches = always): Promise<Record<string, string>> {
    const asking = this.#threads.current;
    const isMeant: Matches = (thread) => thread !== asking && matches(thread);
    const stacks = new OwnMap<Wait, string>();
    let left = limits.taskStacksMax;
    this.#waits.forEach((wait) => {
      const { thread, isAwaited, settler } = wait;
      if (!isAwaited || thread === undefined || !isMeant(thread) || left-- <= 0) return;
      tellAwaiting(settler, (lines) => stacks.set(wait, lines));
    });
    // Until they have told; a promise here would ask the author's prototype for its constructor.
    // oxlint-disable-next-line typescript/await-thenable
    await undefined;
    return this.#list(isMeant, (wait) => this.#since(wait) + (stacks.get(wait) ?? ""));
  }

  #list(matches: Matches, textOf: (wait: Wait) => string): Record<string, string> {
    const waiting = this.#waiting(textOf);
    const tasks: Record<string, string> = {};
    this.#threads.live.forEach((thread) => {
      if (matches(thread)) tasks[titleOf(thread)] = waiting.get(thread) ?? nothingKnown;
    });
    return tasks;
  }

  /** Threads that wait for the same thing, counted. */
  unique(): Record<string, string> {
    const waiting = this.#waiting((wait) => wait.what);
    const groups = new OwnMap<string, Group>();
    this.#threads.live.forEach((thread) => {
      const key = `${thread.what}: ${waiting.get(thread) ?? nothingKnown}`;
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
      waiting.set(thread, before === undefined ? textOf(wait) : `${before}\n${textOf(wait)}`);
    });
    return waiting;
  }

  #since(wait: Wait): string {
    const seconds = ((this.#clock.now() - wait.sinceTick) | 0) / 100;
    return `${wait.toString()} for ${toFixed(seconds, 2)} s`;
  }
}

function always(): boolean {
  return true;
}

function comma(count: number): string {
  return count === 0 ? "" : ",";
}

function titleOf(thread: Thread): string {
  if (thread.session === 0) return thread.toString();
  const from = formatAddress(thread.source as ServiceAddress);
  return `${thread.toString()} session: ${thread.session} from ${from}`;
}
