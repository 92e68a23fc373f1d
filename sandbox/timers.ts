// Timers: timeout, sleep, wait and wakeup (reference §1.6, §2.6).
// Guest (and host services). The kernel's wheel fires them as responses from nobody.
// Invariant: a token is waited on by one thread; a timer fires once, or not at all after cancel.

import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { SystemCommand } from "../wire/system-command.ts";
import type { GuestClock } from "./clock.ts";
import type { Forks } from "./forks.ts";
import type { Outbox } from "./outbox.ts";
import { Bytes, floor, PromiseCaptured, SafeMap, promiseThen } from "./primordials.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import { Wait } from "./wait.ts";
import type { Waits } from "./waits.ts";

const noBody = new Bytes(0);
const nothing = (): undefined => undefined;
const resolved: Promise<void> = PromiseCaptured.resolve();

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
  readonly #sleepers = new SafeMap<unknown, Sleeper>();
  address = 0;

  constructor(parts: TimerParts) {
    this.#parts = parts;
  }

  /** Runs `handler` after `ticks`; errors are logged as a fork's are. */
  timeout(ticks: number, handler: () => unknown): Thread {
    const { threads, forks } = this.#parts;
    const thread = threads.make("timer", forks);
    const run = (): void => {
      if (thread.killed === undefined) threads.run(thread, handler, []);
    };
    thread.timerSession = this.after(ticks, run).session;
    return thread;
  }

  /** Calls `run` after `ticks`, as nobody's thread. */
  after(ticks: number, run: () => void, thread?: Thread): Wait {
    const wait = this.#open({ resolve: run, reject: nothing }, thread);
    this.#arm(wait.session, ticks);
    return wait;
  }

  /** True when the timer had not fired. */
  cancel(thread: Thread): boolean {
    const { waits, outbox } = this.#parts;
    if (waits.take(thread.timerSession) === undefined) return false;
    outbox.writeCommand(SystemCommand.cancel, thread.timerSession, 0);
    return true;
  }

  #open(
    settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void },
    thread: Thread | undefined,
  ): Wait {
    const { waits, clock } = this.#parts;
    const parts = { destination: 0, kind: MessageKind.response, thread, sinceTick: clock.now() };
    const wait = new Wait(parts, nothing, settle);
    waits.open(wait);
    return wait;
  }

  /** 0 and less go through the mailbox, behind what waits there. */
  #arm(session: number, ticks: number): void {
    const { outbox } = this.#parts;
    if (typeof ticks !== "number" || !(ticks <= limits.timerTicksMax)) {
      throw new CodedError(
        "ARGUMENT_INVALID",
        `a timer of ${String(ticks)} ticks; up to ${limits.timerTicksMax} are allowed ` +
          "(timerTicksMax)",
      );
    }
    if (ticks >= 1) {
      outbox.writeCommand(SystemCommand.timeout, session, floor(ticks));
      return;
    }
    const frame = {
      destination: this.address,
      session,
      kind: MessageKind.response,
      deadline: 0,
      source: 0,
    };
    outbox.writeBody(frame, noBody);
  }

  sleep(ticks: number, token?: unknown): Promise<"BREAK" | undefined> {
    const { waits, outbox } = this.#parts;
    return this.#wait(token, "BREAK", (wait) => {
      try {
        this.#arm(wait.session, ticks);
      } catch (error) {
        waits.take(wait.session);
        throw error;
      }
      return () => outbox.writeCommand(SystemCommand.cancel, wait.session, 0);
    }) as Promise<"BREAK" | undefined>;
  }

  wait(token?: unknown): Promise<void> {
    return this.#wait(token, undefined, () => nothing) as Promise<void>;
  }

  #wait(
    token: unknown,
    wakeValue: "BREAK" | undefined,
    start: (wait: Wait) => () => void,
  ): Promise<unknown> {
    const sleepers = this.#sleepers;
    const thread = this.#parts.threads.hint();
    // The running thread is a token only when it is free: one thread may sleep twice at once.
    const own = thread !== undefined && !sleepers.has(thread) ? thread : undefined;
    const key = token ?? own;
    return new PromiseCaptured((resolve, reject) => {
      if (token !== undefined && sleepers.has(token)) {
        throw new CodedError(
          "TOKEN_IN_USE",
          "token duplicative: another thread waits on this token",
        );
      }
      let stop: () => void = nothing;
      const end = (settle: (value: unknown) => void) => (value: unknown) => {
        if (key !== undefined) sleepers.delete(key);
        settle(value);
      };
      const failed = (error: unknown): void => {
        stop();
        end(reject)(error);
      };
      const wait = this.#open({ resolve: end(resolve), reject: failed }, thread);
      if (key !== undefined) sleepers.set(key, { wait, wakeValue, isWoken: false });
      try {
        stop = start(wait);
      } catch (error) {
        end(reject)(error);
      }
    });
  }

  /** True when somebody sleeps or waits on the token, also when it is about to wake. */
  wakeup(token: unknown): boolean {
    const { waits, threads, outbox } = this.#parts;
    const sleeper = this.#sleepers.get(token);
    if (sleeper === undefined) return false;
    if (sleeper.isWoken) return true;
    sleeper.isWoken = true;
    const { wait, wakeValue } = sleeper;
    if (waits.take(wait.session) === undefined) return true;
    if (wakeValue === "BREAK") outbox.writeCommand(SystemCommand.cancel, wait.session, 0);
    promiseThen(resolved, () => {
      threads.resuming(wait.thread);
      wait.resolve(wakeValue);
    });
    return true;
  }
}
