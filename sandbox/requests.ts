// Requests: several calls at once, their results in order of arrival (skynet.request, reference
// §2.10).
// Guest (and host services). Made by authors through request() and select().
// Invariant: each entry gives one result, unless the timeout or the author ends the loop before.

import { CodedError } from "../wire/coded-error.ts";
import { PromisePrototypeThen, SafePromise } from "../wire/primordials.ts";
import type { Calls } from "./calls.ts";
import { append } from "./containers.ts";
import type { Target } from "./target.ts";
import type { Timers } from "./timers.ts";

export type RequestEntry = {
  readonly target: Target;
  readonly protocol?: string;
  readonly values?: readonly unknown[];
};

export type RequestResult = {
  readonly request: RequestEntry;
  readonly values: readonly unknown[] | undefined;
  readonly error: unknown;
};

export class Requests {
  readonly #calls: Calls;
  readonly #timers: Timers;
  readonly #entries: RequestEntry[] = [];
  readonly #arrived: RequestResult[] = [];
  #wake: () => void = () => {};
  #isSelected = false;
  #isOver = false;
  #timedOut = false;

  constructor(calls: Calls, timers: Timers) {
    this.#calls = calls;
    this.#timers = timers;
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  add(entry: RequestEntry): this {
    if (this.#isSelected) throw new CodedError("ARGUMENT_INVALID", "add comes before select");
    append(this.#entries, entry);
    return this;
  }

  select(timeoutTicks?: number): AsyncIterable<RequestResult> {
    if (this.#isSelected) throw new CodedError("ARGUMENT_INVALID", "select may be called once");
    this.#isSelected = true;
    this.#sendAll();
    return this.#results(timeoutTicks);
  }

  #sendAll(): void {
    for (let index = 0; index < this.#entries.length; index++) {
      const request = this.#entries[index] as RequestEntry;
      try {
        const reply = this.#calls.callAll(
          request.target,
          request.protocol ?? "lua",
          request.values ?? [],
        );
        void PromisePrototypeThen(
          reply as Promise<readonly unknown[]>,
          (values) => this.#arrive({ request, values, error: undefined }),
          (error) => this.#arrive({ request, values: undefined, error }),
        );
      } catch (error) {
        this.#arrive({ request, values: undefined, error });
      }
    }
  }

  #arrive(result: RequestResult): void {
    if (this.#isOver) return;
    append(this.#arrived, result);
    this.#wake();
  }

  async *#results(timeoutTicks: number | undefined): AsyncGenerator<RequestResult> {
    const timer =
      timeoutTicks === undefined
        ? undefined
        : this.#timers.timeout(timeoutTicks, () => this.#endByTimeout());
    try {
      for (let given = 0; given < this.#entries.length; given++) {
        while (this.#arrived[given] === undefined && !this.#timedOut) await this.#nextArrival();
        const result = this.#arrived[given];
        if (result === undefined) return;
        yield result;
      }
    } finally {
      this.#isOver = true;
      if (timer !== undefined) this.#timers.cancel(timer);
    }
  }

  #nextArrival(): Promise<void> {
    return new SafePromise((resolve) => {
      this.#wake = resolve;
    });
  }

  #endByTimeout(): void {
    this.#timedOut = true;
    this.#wake();
  }
}
