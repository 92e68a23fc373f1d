// Order channel: a process of a test's own that is told what to do, and answers.
// Test process. Over Node's own channel between parent and child; the child says it is there first.
// Invariant: an order is answered, or fails with the code of its error or the end of the process.

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { hostFlags } from "../../kit/node-flags.ts";

export type OrderAnswer = {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
};

/** An order without the number that the channel gives it. */
export type OrderOf<T> = T extends unknown ? Omit<T, "id"> : never;

export class OrderChannel<T> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #end: string | undefined;

  private constructor(entry: string, args: readonly string[]) {
    this.#child = fork(entry, args, { execArgv: [...hostFlags, "--expose-gc"] });
    this.#child.on("message", (answer: OrderAnswer) => this.#answered(answer));
    this.#child.on("exit", (code, signal) => {
      this.#end = `the process ended by ${signal ?? `exit code ${code}`}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(this.#end));
      this.#waiting.clear();
    });
  }

  static async open<T>(entry: string, args: readonly string[] = []): Promise<OrderChannel<T>> {
    const channel = new OrderChannel<T>(entry, args);
    const started = Promise.withResolvers<unknown>();
    channel.#waiting.set(0, started);
    await started.promise;
    return channel;
  }

  #answered({ id, value, error }: OrderAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(Object.assign(new Error(error.message), { code: error.code }));
  }

  async tell(order: OrderOf<T>): Promise<unknown> {
    if (this.#end !== undefined) throw new Error(this.#end);
    const answer = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#waiting.set(id, answer);
    this.#child.send({ id, ...order });
    return answer.promise;
  }

  async end(): Promise<void> {
    if (this.#end !== undefined) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
