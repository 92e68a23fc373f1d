// Debug: what every service answers to an operator (reference §3.6), whatever its author wrote.
// Guest (and host services). Messages of kind debug come here from dispatcher.ts.
// Invariant: an unknown command fails the request; nothing here ends or blocks the service but
// EXIT.

import { guestLocalIdMin, localIdOf, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import { ObjectHasOwn, ReflectApply, SafeNumber, SafeString } from "../wire/primordials.ts";
import { append, OwnMap } from "./containers.ts";
import { errorText, formatValue, formatValues } from "./format.ts";
import { killThread, type KillParts } from "./kill-thread.ts";
import { isExitSignal, type Lifecycle } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import type { Protocols } from "./protocols.ts";
import { faultCode, messageOf, ownCode } from "./replies.ts";
import type { SnaxService } from "./snax.ts";
import type { Target } from "./target.ts";
import type { Tasks } from "./tasks.ts";
import type { Thread, ThreadOwner } from "./thread.ts";

const injectedPrefix = "isonet:injected:"; // and the number of the injection
const outputMax = 256 * 1024;
const neverReplies = Symbol("never replies");
const world = globalThis as unknown as Record<string, Injected | undefined>;

type Injected = (print: (...values: unknown[]) => void, args: readonly unknown[]) => unknown;

export type DebugParts = KillParts & {
  readonly protocols: Protocols;
  readonly lifecycle: Lifecycle;
  readonly log: Log;
  readonly tasks: Tasks;
  readonly snax: SnaxService;
  readonly term: (target: Target) => void;
};

export class Debug implements ThreadOwner {
  readonly #parts: DebugParts;
  readonly #commands = new OwnMap<unknown, (...args: never[]) => unknown>();
  infoProvider: ((...args: never[]) => unknown) | undefined;
  readonly handler = (name: unknown, ...args: never[]): unknown => {
    const command = this.#commands.get(name);
    if (command !== undefined) return ReflectApply(command, undefined, args);
    throw new CodedError("COMMAND_UNKNOWN", `no debug command ${formatValue(name, 1)}`);
  };

  constructor(parts: DebugParts) {
    this.#parts = parts;
    const add = (name: string, command: (...args: never[]) => unknown): void => {
      this.#commands.set(name, command);
    };
    add("PING", () => undefined);
    add("INFO", (...args: never[]) => this.#info(args));
    add("TASK", (which?: unknown) => this.#task(which));
    add("UNIQTASK", () => parts.tasks.unique());
    add("KILLTASK", (which: unknown) => {
      return killThread(parts, SafeString(which))?.toString() ?? "Not found";
    });
    add("EXIT", () => parts.lifecycle.exit());
    add("TERM", (target: Target) => parts.term(target));
    add("LINK", () => neverReplies);
    add("TRACELOG", (...args: never[]) => this.#traceLog(args));
    add("SUPPORT", (name: string) => this.#supports(name));
    add("EXPORT", (purpose?: unknown) => this.#export(purpose));
    add("RUN", (...args: never[]) => this.#runInjected(args));
    add("PATCH", (...args: never[]) => this.#patch(args));
  }

  finished(thread: Thread, value: unknown): void {
    if (value === neverReplies) thread.duty = "taken";
    else this.#parts.replies.value(thread, value);
  }

  failed(thread: Thread, error: unknown): void {
    // whoever asked for the exit hears of the end
    if (thread.duty !== "owed" || isExitSignal(error)) return;
    this.#parts.replies.fault(thread, faultCode(error), messageOf(error), ownCode(error));
    thread.duty = "replied";
  }

  #refuseGuests(): void {
    const source = (this.#parts.threads.current?.source ?? 0) as ServiceAddress;
    if (localIdOf(source) >= guestLocalIdMin) {
      throw new CodedError("NOT_PERMITTED", "only the host may do this");
    }
  }

  /**
   * The service's state, for the host to keep; or, when the purpose is "move", for a service that
   * takes its place: undefined then while anything is under way that would not move with it.
   */
  #export(purpose: unknown): unknown {
    this.#refuseGuests();
    const { lifecycle } = this.#parts;
    const { export: exporter } = lifecycle;
    if (exporter === undefined) {
      throw new CodedError("COMMAND_UNKNOWN", "the service exports no state");
    }
    if (purpose !== "move") return exporter();
    if (!lifecycle.imports) {
      throw new CodedError("COMMAND_UNKNOWN", "the service imports no state");
    }
    return this.#isIdle() ? exporter() : undefined;
  }

  /** No handler is suspended, no request of its own is open, and it owes nobody a reply. */
  #isIdle(): boolean {
    const { threads, waits, replies } = this.#parts;
    let isIdle = threads.live.size === 0 && !replies.isOwing;
    waits.forEach((wait) => {
      if (wait.isAwaited) isIdle = false;
    });
    return isIdle;
  }

  #info(args: readonly never[]): unknown {
    const provider = this.infoProvider;
    const { snax } = this.#parts;
    return provider === undefined ? snax.profiles : ReflectApply(provider, undefined, args);
  }

  /**
   * undefined: every suspended thread; "init": the start handler; a session: what that request
   * does.
   */
  async #task(which: unknown): Promise<unknown> {
    const isAll = which === undefined || which === null;
    const isStart = which === "init";
    const session = isAll ? 0 : SafeNumber(which);
    // Awaited, not returned: that would ask the promise for its `then`, which is the author's.
    const found = await this.#parts.tasks.withStacks(
      (thread) => isAll || (isStart ? thread.what === "start" : thread.session === session),
    );
    if (isAll) return found;
    for (const title in found) if (ObjectHasOwn(found, title)) return found[title];
    return isStart ? undefined : "No session";
  }

  #supports(name: string): boolean {
    const entry = this.#parts.protocols.find(name);
    return entry !== undefined && (entry.dispatch !== undefined || entry.commands !== undefined);
  }

  /** ([protocol = "lua",] flag) */
  #traceLog(args: readonly unknown[]): void {
    const name = args.length > 1 ? SafeString(args[0]) : "lua";
    const flag = args.length > 1 ? args[1] : args[0];
    this.#parts.protocols.require(name).traceMode = typeof flag === "boolean" ? flag : undefined;
  }

  /**
   * Runs the script that the host left in the module's scope, for the host alone. Answers whether
   * it went well, and its output.
   */
  async #runInjected(given: readonly unknown[]): Promise<{ ok: boolean; output: string }> {
    const { script, args } = this.#takeInjected(given);
    let output = "";
    const print = (...values: unknown[]): void => {
      if (output.length < outputMax) output += `${formatValues(values)}\n`;
    };
    try {
      const value = await script(print, args);
      if (value !== undefined) print(value);
      return { ok: true, output };
    } catch (error) {
      print(errorText(error));
      return { ok: false, output };
    }
  }

  /** As `#runInjected`, for a script that returns a snax patch; INJECT_FAILED when it throws. */
  async #patch(given: readonly unknown[]): Promise<unknown> {
    const { script, args } = this.#takeInjected(given);
    let patch;
    try {
      patch = await script((...values) => this.#parts.log.values("info", values), args);
    } catch (error) {
      throw new CodedError("INJECT_FAILED", messageOf(error));
    }
    return this.#parts.snax.patch(patch, args);
  }

  /** Fails with NOT_PERMITTED, INJECT_FAILED. */
  #takeInjected(given: readonly unknown[]): { script: Injected; args: readonly unknown[] } {
    this.#refuseGuests();
    const name = injectedPrefix + SafeString(given[0]);
    const script = world[name];
    delete world[name];
    if (script === undefined) {
      throw new CodedError("INJECT_FAILED", "no script waits in this service");
    }
    const args: unknown[] = [];
    for (let index = 1; index < given.length; index++) append(args, given[index]);
    return { script, args };
  }
}
