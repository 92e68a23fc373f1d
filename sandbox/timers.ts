// Timers: timeout, sleep, wait and wakeup (reference §1.6, §2.6).
// Guest (and host services). The kernel's wheel fires them as responses from nobody.
// Invariant: a token is waited on by one thread; a timer fires once, or not at all after cancel.

import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { MathFloor, SafePromise, SafeString } from "../wire/primordials.ts";
import { SystemCommand } from "../wire/system-command.ts";
import { noBytes } from "./bytes.ts";
import type { GuestClock } from "./clock.ts";
import { OwnMap } from "./containers.ts";
import type { Forks } from "./forks.ts";
import { soon } from "./microtask.ts";
import type { Outbox } from "./outbox.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import { Wait, type Settle } from "./wait.ts";
import type { Waits } from "./waits.ts";

const nothing = (): undefined => undefined;

type Sleeper = { readonly wait: Wait; readonly wakeValue: "BREAK" | undefined; isWoken: boolean };

export type TimerParts = {
  readonly outbox: Outbox;
  readonly waits: Waits;
  readonly threads: Threads;
  readonly forks: Forks;
  readonly clock: GuestClock;
};

export class Timers {
  readonly #parts: TimerParts;
  readonly #sleepers = new OwnMap<unknown, Sleeper>();
  address = 0;

  constructor(parts: TimerParts) {
    this.#parts = parts;
  }

  /** Runs `handler` after `ticks`; errors are logged as a fork's are. */
  timeout(ticks: number, handler: () => unknown): Thread {
    if (typeof handler !== "function") throw invalid("timeout needs a function");
    const { threads, forks } = this.#parts;
    const thread = threads.make("timer", forks);
    const resolve = (): void => threads.run(thread, handler, []);
    const reject = (error: unknown): void => forks.failed(thread, error);
    const wait = this.#open({ resolve, reject, settler: resolve }, { thread, isAwaited: false });
    this.#armed(wait, ticks);
    thread.timerSession = wait.session;
    return thread;
  }

  /** True when the timer had not fired. */
  cancel(thread: Thread): boolean {
    const { waits, outbox } = this.#parts;
    const session = thread.timerSession;
    if (waits.get(session)?.thread !== thread) return false;
    waits.take(session);
    outbox.writeCommand(SystemCommand.cancel, session, 0);
    return true;
  }

  #open(
    settle: Settle,
    { thread, isAwaited }: { thread: Thread | undefined; isAwaited: boolean },
  ): Wait {
    const { waits, clock } = this.#parts;
    const sinceTick = clock.now();
    const kind = MessageKind.response;
    const wait = new Wait({ destination: 0, kind, thread, isAwaited, sinceTick }, nothing, settle);
    waits.open(wait);
    return wait;
  }

  /** Arms the timer of a wait, which is forgotten when that fails. */
  #armed(wait: Wait, ticks: number): void {
    try {
      this.#arm(wait.session, ticks);
    } catch (error) {
      this.#parts.waits.take(wait.session);
      throw error;
    }
  }

  /** 0 and less go through the mailbox, behind what waits there. */
  #arm(session: number, ticks: number): void {
    const { outbox } = this.#parts;
    if (typeof ticks !== "number" || !(ticks <= limits.timerTicksMax)) {
      const given = typeof ticks === "object" ? "an object" : SafeString(ticks);
      const max = limits.timerTicksMax;
      throw invalid(`a timer of ${given} ticks; up to ${max} are allowed (timerTicksMax)`);
    }
    if (ticks >= 1) {
      outbox.writeCommand(SystemCommand.timeout, session, MathFloor(ticks));
      return;
    }
    const kind = MessageKind.response;
    const frame = { destination: this.address, session, kind, deadline: 0, source: 0 };
    outbox.writeBody(frame, noBytes);
  }

  sleep(ticks: number, token?: unknown): Promise<"BREAK" | undefined> {
    const start = (wait: Wait): void => this.#armed(wait, ticks);
    return this.#wait(token, "BREAK", start) as Promise<"BREAK" | undefined>;
  }

  wait(token?: unknown): Promise<void> {
    return this.#wait(token, undefined, nothing) as Promise<void>;
  }

  #wait(
    token: unknown,
    wakeValue: "BREAK" | undefined,
    start: (wait: Wait) => void,
  ): Promise<unknown> {
    const sleepers = this.#sleepers;
    const thread = this.#parts.threads.awaiting();
    // The running thread is a token only when it is free: one thread may sleep twice at once.
    const own = thread !== undefined && !sleepers.has(thread) ? thread : undefined;
    const key = token === undefined ? own : token;
    return new SafePromise((resolve, reject) => {
      if (token !== undefined && sleepers.has(token)) {
        const text = "token duplicative: another thread waits on this token";
        throw new CodedError("TOKEN_IN_USE", text);
      }
      const end = (settle: (value: unknown) => void) => (value: unknown) => {
        if (key !== undefined) this.#free(key);
        settle(value);
      };
      const failed = (error: unknown): void => {
        // Killed or exiting: the kernel's timer is of no use any more.
        if (wakeValue === "BREAK") this.#disarm(wait);
        end(reject)(error);
      };
      const settle = { resolve: end(resolve), reject: failed, settler: resolve };
      const wait = this.#open(settle, { thread, isAwaited: true });
      start(wait);
      if (key !== undefined) sleepers.set(key, { wait, wakeValue, isWoken: false });
    });
  }

  /** The token is free when its thread goes on; until then a second wake-up finds it. */
  #free(token: unknown): void {
    const sleepers = this.#sleepers;
    if (sleepers.get(token)?.isWoken !== true) sleepers.delete(token);
    else soon(() => sleepers.delete(token));
  }

  #disarm(wait: Wait): void {
    this.#parts.outbox.writeCommand(SystemCommand.cancel, wait.session, 0);
  }

  /** True when somebody sleeps or waits on the token, also when it is about to wake. */
  wakeup(token: unknown): boolean {
    const sleeper = this.#sleepers.get(token);
    if (sleeper === undefined) return false;
    if (sleeper.isWoken) return true;
    sleeper.isWoken = true;
    const { waits, threads } = this.#parts;
    const { wait, wakeValue } = sleeper;
    waits.take(wait.session);
    if (wakeValue === "BREAK") this.#disarm(wait);
    threads.resuming(wait.thread);
    wait.resolve(wakeValue);
    threads.resumedAll();
    return true;
  }
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}
