// Snax: the service side of snax: the methods that a module exports, what answers for them, and how
// often each has run.
// Guest. The engine hands the module's exports in when its body has run; Skynet's snaxd.
// Invariant: only functions of the tables themselves are methods; a patch replaces all that it
// names, or nothing.

import { formatAddress, guestLocalIdMin, localIdOf, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import { ObjectCreate, ReflectApply, ReflectOwnKeys, SafeString } from "../wire/primordials.ts";
import { append, OwnMap } from "./containers.ts";
import { formatValue } from "./format.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { CommandTable, Protocols } from "./protocols.ts";
import type { Replies } from "./replies.ts";
import { ThreadFault, type Threads } from "./threads.ts";

type Method = (...args: never[]) => unknown;
export type SnaxGroup = "accept" | "response";
type Exports = { readonly [name: string]: unknown };

export type SnaxParts = {
  readonly protocols: Protocols;
  readonly lifecycle: Lifecycle;
  readonly threads: Threads;
  readonly replies: Replies;
};

/** How often a method was called, and for how many seconds it ran until it returned or waited. */
type Profile = { count: number; time: number };

/** Names of a service's methods. */
export type SnaxInterface = { readonly [G in SnaxGroup]: readonly string[] };

export class SnaxService {
  readonly #parts: SnaxParts;
  #accept: CommandTable = new OwnMap();
  #response: CommandTable = new OwnMap();
  #init: Method | undefined;
  #exit: Method = () => {};
  #profiles: Record<string, Profile> | undefined;
  /** Epoch milliseconds as the author reads them: coarse, or those of a record. Set by assign. */
  nowMs = (): number => 0;

  constructor(parts: SnaxParts) {
    this.#parts = parts;
  }

  /** A module that exports `accept` or `response` is one of snax. Fails with ARGUMENT_INVALID. */
  loaded(exports: Exports): void {
    const { accept, response, init, exit } = exports;
    if (accept === undefined && response === undefined) return;
    this.#accept = tableOf("accept", accept);
    this.#response = tableOf("response", response);
    this.#exit = functionOf("exit", exit) ?? this.#exit;
    this.#init = functionOf("init", init);
    if (this.#init !== undefined) this.#parts.lifecycle.start(this.#init);
    this.#profiles = ObjectCreate(null) as Record<string, Profile>;
    this.answerTo("snax");
  }

  /** Messages of this protocol are for the methods. Fails with PROTOCOL_UNKNOWN as `interface`. */
  answerTo(protocol: "snax" | "lua"): void {
    this.#needSnax();
    const entry = this.#parts.protocols.require(protocol);
    const known = (entry.commands ??= new OwnMap());
    const answer = (group: SnaxGroup): void => {
      known.set(group, (name?: unknown, ...args: never[]) => this.#run(group, name, args));
    };
    answer("accept");
    answer("response");
    known.set("interface", () => this.interface());
    known.set("profile", () => this.profiles);
    known.set("exit", (...args: never[]) => this.#exitByHost(args));
  }

  /** Of its methods, "response.add"; undefined of a service that is none of snax. */
  get profiles(): unknown {
    return this.#profiles;
  }

  /** Fails with PROTOCOL_UNKNOWN in a service that is none of snax. */
  interface(): SnaxInterface {
    this.#needSnax();
    return { accept: namesOf(this.#accept), response: namesOf(this.#response) };
  }

  #needSnax(): void {
    if (this.#profiles !== undefined) return;
    const text = "this is no snax service: its module exports neither accept nor response";
    throw new CodedError("PROTOCOL_UNKNOWN", text);
  }

  #run(group: SnaxGroup, name: unknown, args: readonly unknown[]): unknown {
    const table = group === "accept" ? this.#accept : this.#response;
    const method = table.get(name);
    if (method === undefined) {
      throw new ThreadFault("COMMAND_UNKNOWN", `no method ${group}.${formatValue(name, 1)}`);
    }
    const profiles = this.#profiles as Record<string, Profile>;
    const profile = (profiles[`${group}.${name as string}`] ??= { count: 0, time: 0 });
    profile.count++;
    const startMs = this.nowMs();
    try {
      return ReflectApply(method, undefined, args);
    } finally {
      profile.time += (this.nowMs() - startMs) / 1000;
    }
  }

  /** Runs the exit function, and ends the service: never returns. */
  async exit(args: readonly unknown[]): Promise<never> {
    this.#needSnax();
    await ReflectApply(this.#exit, undefined, args);
    return this.#parts.lifecycle.exit();
  }

  /** The host has looked at who asks. */
  async #exitByHost(args: readonly unknown[]): Promise<never> {
    const { threads, replies, lifecycle } = this.#parts;
    const thread = threads.current;
    const source = (thread?.source ?? 0) as ServiceAddress;
    if (localIdOf(source) >= guestLocalIdMin) {
      const text = `${formatAddress(source)} may not end a service itself; see snax.kill`;
      throw new ThreadFault("NOT_PERMITTED", text);
    }
    const value: unknown = await ReflectApply(this.#exit, undefined, args);
    if (thread !== undefined) replies.value(thread, value);
    return lifecycle.exit();
  }

  /**
   * Replaces methods, then runs the patch's `hotfix` function: what that returns. Fails with
   * HOTFIX_REFUSED when a method that it names is none of the service's, and nothing is changed.
   */
  patch(patch: unknown, args: readonly unknown[]): unknown {
    this.#needSnax();
    if (typeof patch !== "object" || patch === null) {
      const text = "a patch returns an object with accept, response, init, exit or hotfix";
      throw new CodedError("HOTFIX_REFUSED", `${text}, not ${formatValue(patch, 1)}`);
    }
    const { accept, response, init, exit, hotfix } = patch as Exports;
    const accepts = tableOf("accept", accept);
    const responses = tableOf("response", response);
    // The service has started: a new `init` is looked at, and never runs.
    if (functionOf("init", init) !== undefined && this.#init === undefined) throw mismatch("init");
    const exitFunction = functionOf("exit", exit);
    const hotfixFunction = functionOf("hotfix", hotfix);
    checkMatch("accept", accepts, this.#accept);
    checkMatch("response", responses, this.#response);
    accepts.forEach((method, name) => this.#accept.set(name, method));
    responses.forEach((method, name) => this.#response.set(name, method));
    this.#exit = exitFunction ?? this.#exit;
    return hotfixFunction === undefined ? undefined : ReflectApply(hotfixFunction, undefined, args);
  }
}

/** Fails with HOTFIX_REFUSED. */
function checkMatch(group: SnaxGroup, patch: CommandTable, table: CommandTable): void {
  patch.forEach((_, name) => {
    if (!table.has(name)) throw mismatch(`${group}.${SafeString(name)}`);
  });
}

function mismatch(what: string): CodedError {
  const text = `Patch mismatch ${what}: a patch replaces methods, it adds none`;
  return new CodedError("HOTFIX_REFUSED", text);
}

/** Fails with ARGUMENT_INVALID. */
function tableOf(group: SnaxGroup, table: unknown): CommandTable {
  const methods: CommandTable = new OwnMap();
  if (table === undefined) return methods;
  if (typeof table !== "object" || table === null) {
    throw invalid(`${group} of a snax service is an object of functions, not ${typeof table}`);
  }
  const names = ReflectOwnKeys(table);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (typeof name !== "string") throw invalid(`a method of ${group} has no text as its name`);
    methods.set(name, functionOf(`${group}.${name}`, (table as Exports)[name], true) as Method);
  }
  return methods;
}

function functionOf(what: string, value: unknown, isNeeded = false): Method | undefined {
  if (typeof value === "function") return value as Method;
  if (value === undefined && !isNeeded) return undefined;
  throw invalid(`${what} of a snax service is a function, not ${typeof value}`);
}

function namesOf(table: CommandTable): readonly string[] {
  const names: string[] = [];
  table.forEach((_, name) => append(names, name as string));
  return names;
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}
