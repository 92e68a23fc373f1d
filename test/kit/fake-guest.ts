// Fake guest: what a library finds as "isonet" when it is tested in Node: messages are kept in
// `sent`, calls are answered by the test, waits end when somebody wakes them or the test says so.
// Test process; a test file gives it to its libraries with vi.mock("isonet", …).
// Invariant: a fork runs when the code that forked it has returned, as in a service.

import { makeAddress } from "../../wire/address.ts";

type Handler = (session: number, source: number, ...values: unknown[]) => unknown;
type Sleeper = { readonly ticks: number; readonly resolve: (value: unknown) => void };
type Answer = (...args: unknown[]) => unknown;

const own = makeAddress(1, 0x101);

export class FakeGuest {
  /** Kind and values of each message sent. */
  sent: unknown[][] = [];
  /** Answers of calls by command. */
  readonly answers = new Map<string, Answer>();
  readonly handlers = new Map<string, Handler>();
  readonly logged: string[] = [];
  /** Ticks of each sleep. */
  readonly slept: number[] = [];
  readonly #sleepers = new Map<unknown, Sleeper>();
  #anonymous = 0;

  /** As "isonet". */
  readonly api = {
    self: (): number => own,
    send: (_to: unknown, _protocol: string, ...values: unknown[]): void => {
      this.sent.push(values);
    },
    call: async (_to: unknown, _protocol: string, name: string, ...args: unknown[]) => {
      const answer = this.answers.get(name);
      if (answer === undefined) throw new Error(`the test has no answer to ${name}`);
      return answer(...args);
    },
    registerProtocol: ({ name, dispatch }: { name: string; dispatch: Handler }): void => {
      this.handlers.set(name, dispatch);
    },
    wait: (token: unknown): Promise<unknown> => this.#sleep(Infinity, token),
    sleep: (ticks: number, token?: unknown): Promise<unknown> => {
      this.slept.push(ticks);
      return this.#sleep(ticks, token ?? ++this.#anonymous);
    },
    wakeup: (token: unknown): boolean => this.#wake(token, "BREAK"),
    fork: (handler: (...args: unknown[]) => unknown, ...args: unknown[]): void => {
      void Promise.resolve().then(() => handler(...args));
    },
    error: (...values: unknown[]): void => {
      this.logged.push(values.join(" "));
    },
    now: (): number => 0,
  };

  /** Sends a message of the protocol to the guest. */
  receive(protocol: string, source: number, ...values: unknown[]): void {
    this.handlers.get(protocol)?.(0, source, ...values);
  }

  /** Threads that wait for something. */
  get waiting(): number {
    return this.#sleepers.size;
  }

  /** Ends the sleeps of so many ticks and fewer. */
  pass(ticks: number): void {
    for (const [token, sleeper] of this.#sleepers) {
      if (sleeper.ticks <= ticks) this.#wake(token, undefined);
    }
  }

  /** Takes what was sent since the last time. */
  takeSent(): unknown[][] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  #sleep(ticks: number, token: unknown): Promise<unknown> {
    return new Promise((resolve) => this.#sleepers.set(token, { ticks, resolve }));
  }

  #wake(token: unknown, value: unknown): boolean {
    const sleeper = this.#sleepers.get(token);
    this.#sleepers.delete(token);
    sleeper?.resolve(value);
    return sleeper !== undefined;
  }
}

/** The guest of this test file. */
export const guest = new FakeGuest();

/** Lets everything run that waits for nothing. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}
