// Debug: what every service answers to an operator (reference §3.6), whatever its author wrote.
// Guest (and host services). Messages of kind debug come here from dispatcher.ts.
// Invariant: an unknown command fails the request; nothing here ends or blocks the service but
// EXIT.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import { errorText, formatValues } from "./format.ts";
import { killThread, type KillParts } from "./kill-thread.ts";
import { isExitSignal, type Lifecycle } from "./lifecycle.ts";
import { append, SafeMap } from "./primordials.ts";
import type { Protocols } from "./protocols.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import type { GuestClock } from "./clock.ts";
import type { Wait } from "./wait.ts";

const injectedGlobal = "isonet:injected";
const outputMax = 256 * 1024;
const neverReplies = Symbol("never replies");
const sessionsListed = 10;

type Injected = (print: (...values: unknown[]) => void, args: readonly unknown[]) => unknown;

export type DebugParts = KillParts & {
  readonly protocols: Protocols;
  readonly lifecycle: Lifecycle;
  readonly clock: GuestClock;
  readonly term: (target: number | string) => void;
};

export class Debug implements ThreadOwner {
  readonly #parts: DebugParts;
  readonly #commands = new SafeMap<unknown, (...args: never[]) => unknown>();
  infoProvider: ((...args: never[]) => unknown) | undefined;
  readonly handler = (name: unknown, ...args: never[]): unknown => {
    const command = this.#commands.get(name);
    if (command !== undefined) return command(...args);
    throw new CodedError("COMMAND_UNKNOWN", `no debug command ${JSON.stringify(String(name))}`);
  };

  constructor(parts: DebugParts) {
    this.#parts = parts;
    const add = (name: string, command: (...args: never[]) => unknown): void => {
      this.#commands.set(name, command);
    };
    add("PING", () => undefined);
    add("INFO", (...args: never[]) => this.infoProvider?.(...args));
    add("TASK", (which?: unknown) => this.#task(which));
    add("UNIQTASK", () => this.#uniqueTasks());
    add("KILLTASK", (which: string) => killThread(parts, String(which))?.toString() ?? "Not found");
    add("EXIT", () => parts.lifecycle.exit());
    add("TERM", (target: number) => parts.term(target));
    add("LINK", () => neverReplies);
    add("TRACELOG", (...args: never[]) => this.#traceLog(args));
    add("SUPPORT", (name: string) => this.#supports(name));
    add("RUN", (...args: never[]) => this.#runInjected(args));
  }

  finished(thread: Thread, value: unknown): void {
    if (value === neverReplies) thread.duty = "taken";
    else this.#parts.replies.value(thread, value);
  }

  failed(thread: Thread, error: unknown): void {
    // whoever asked for the exit hears of the end
    if (thread.duty !== "owed" || isExitSignal(error)) return;
    const code = error instanceof CodedError ? error.code : "REMOTE_FAULT";
    const text = error instanceof Error ? error.message : String(error);
    this.#parts.replies.fault(thread, code, text);
    thread.duty = "replied";
  }

  /**
   * undefined: every suspended thread; "init": the start handler; a session: what that request
   * does.
   */
  #task(which: unknown): unknown {
    if (which === undefined || which === null) return this.tasks();
    const session = Number(which);
    let found: string | undefined;
    this.#parts.threads.live.forEach((thread) => {
      const isIt = which === "init" ? thread.what === "start" : thread.session === session;
      if (isIt) found = this.#where(thread);
    });
    return found ?? (which === "init" ? undefined : "No session");
  }

  /** Each suspended thread with what it waits for. */
  tasks(): Record<string, string> {
    const tasks: Record<string, string> = {};
    this.#parts.threads.live.forEach((thread) => {
      tasks[this.#title(thread)] = this.#where(thread);
    });
    return tasks;
  }

  #title(thread: Thread): string {
    if (thread.session === 0) return thread.toString();
    const from = formatAddress(thread.source as ServiceAddress);
    return `${thread.toString()} session: ${thread.session} from ${from}`;
  }

  #where(thread: Thread): string {
    const waiting: string[] = [];
    this.#parts.waits.forEach((wait) => {
      if (wait.thread === thread) append(waiting, this.#since(wait));
    });
    return waiting.length === 0 ? "awaits something of its own" : waiting.join("; ");
  }

  #since(wait: Wait): string {
    const seconds = ((this.#parts.clock.now() - wait.sinceTick) | 0) / 100;
    return `${wait.toString()} for ${seconds.toFixed(2)} s`;
  }

  /** Threads that wait for the same thing, counted (skynet.uniqtask). */
  #uniqueTasks(): Record<string, string> {
    const groups = new SafeMap<string, number[]>();
    this.#parts.threads.live.forEach((thread) => {
      const where = this.#where(thread).replace(/session \d+|for [\d.]+ s/g, "…");
      const key = `${thread.what}: ${where}`;
      const sessions = groups.get(key);
      if (sessions === undefined) groups.set(key, [thread.session]);
      else append(sessions, thread.session);
    });
    const answer: Record<string, string> = {};
    groups.forEach((sessions, key) => {
      const listed = sessions.slice(0, sessionsListed).join(",");
      const more = sessions.length > sessionsListed ? ",..." : "";
      answer[`${sessions.length}\tsessions:[${listed}${more}]\t${key}`] = key;
    });
    return answer;
  }

  #supports(name: string): boolean {
    const entry = this.#parts.protocols.find(name);
    return entry !== undefined && (entry.dispatch !== undefined || entry.commands !== undefined);
  }

  /** ([protocol = "lua",] flag) */
  #traceLog(args: readonly unknown[]): void {
    const [first, second] = args;
    const name = args.length > 1 ? String(first) : "lua";
    const flag = args.length > 1 ? second : first;
    this.#parts.protocols.require(name).traceMode = typeof flag === "boolean" ? flag : undefined;
  }

  /**
   * Runs the script that the host left in the module's scope. Answers whether it went well, and its
   * output.
   */
  async #runInjected(args: readonly unknown[]): Promise<{ ok: boolean; output: string }> {
    const holder = globalThis as unknown as Record<string, Injected | undefined>;
    const script = holder[injectedGlobal];
    delete holder[injectedGlobal];
    if (script === undefined)
      throw new CodedError("INJECT_FAILED", "no script waits in this service");
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
}
