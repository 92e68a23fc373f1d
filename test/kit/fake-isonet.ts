// Fake isonet: the author API for a host service under test, with answers given by the test.
// Test process. Every message the console sends is looked up in `answers` and kept in `sent`.
// Invariant: a message without an answer fails with ADDRESS_UNKNOWN, as one to a missing service
// does.

import { CodedError } from "../../wire/coded-error.ts";
import { formatAddress, parseAddress, type ServiceAddress } from "../../wire/address.ts";
import type { Isonet } from "../../services/host/console/command.ts";

export type Sent = {
  readonly to: string;
  readonly protocol: string;
  readonly values: readonly unknown[];
  readonly timeoutMs: number | undefined;
};

type Target = number | string | { readonly to: number | string; readonly timeoutMs?: number };

/**
 * Answers by "to protocol first-value": `.launcher lua list`, `:0100000c debug PING`. A function
 * gets the values.
 */
export type Answers = Record<string, unknown>;

const node = 1;

export class FakeIsonet {
  readonly answers: Answers;
  readonly sent: Sent[] = [];
  readonly names = new Map<string, ServiceAddress>();
  readonly settings = new Map<string, string>([["thread", "5"]]);
  ticks = 100;

  constructor(answers: Answers) {
    this.answers = answers;
  }

  /** As the console takes it. */
  get api(): Isonet {
    return this as unknown as Isonet;
  }

  readonly self = (): number => 0x01000005;
  readonly now = (): number => this.ticks;
  readonly parseAddress = (text: string): ServiceAddress | undefined => parseAddress(text, node);
  readonly localName = async (name: string): Promise<ServiceAddress | undefined> =>
    this.names.get(name);
  readonly getEnv = async (key: string): Promise<string | undefined> => this.settings.get(key);

  readonly address = (target: number | string): string =>
    typeof target === "string" ? target : formatAddress(target as ServiceAddress);

  readonly setEnv = async (key: string, value: string): Promise<void> => {
    if (this.settings.has(key))
      throw new CodedError("ENV_EXISTS", `Can't setenv exist key : ${key}`);
    this.settings.set(key, value);
  };

  readonly call = async (
    target: Target,
    protocol: string,
    ...values: unknown[]
  ): Promise<unknown> => {
    const isPlain = typeof target !== "object";
    const to = this.address(isPlain ? target : target.to);
    this.sent.push({ to, protocol, values, timeoutMs: isPlain ? undefined : target.timeoutMs });
    const key = `${to} ${protocol} ${String(values[0])}`;
    if (!(key in this.answers))
      throw new CodedError("ADDRESS_UNKNOWN", `no service has the address ${to}`);
    const answer = this.answers[key];
    return typeof answer === "function"
      ? (answer as (...args: unknown[]) => unknown)(...values.slice(1))
      : answer;
  };

  readonly newService = async (name: string, ...args: unknown[]): Promise<unknown> =>
    this.call("new", "lua", name, ...args);

  readonly snax = {
    newService: async (name: string, ...args: unknown[]): Promise<unknown> => ({
      handle: await this.call("new", "snax", name, ...args),
    }),
  };

  readonly service = (target: Target): unknown => {
    const call = new Proxy(
      {},
      {
        get:
          (_, command: string) =>
          (...args: unknown[]) =>
            this.call(target, "lua", command, ...args),
      },
    );
    return { call };
  };

  // Bodies are JSON here: the codec has tests of its own.
  readonly pack = (...values: unknown[]): Uint8Array => Buffer.from(JSON.stringify(values));
  readonly unpack = (body: Uint8Array): unknown[] =>
    JSON.parse(Buffer.from(body).toString()) as unknown[];
  readonly rawCall = async (
    target: Target,
    protocol: string,
    body: Uint8Array,
  ): Promise<Uint8Array> => {
    const reply = await this.call(target, protocol, ...this.unpack(body));
    return this.pack(...(reply as unknown[]));
  };
}
