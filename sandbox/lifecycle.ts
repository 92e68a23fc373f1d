// Lifecycle: the three phases of a service: its module body, its start handler, its work (reference
// §2.1).
// Guest (and host services). The kernel's start message begins the second phase; exit ends the
// third.
// Invariant: the kernel hears "ready" or "failed" once; after exit no author code is started any
// more.

import { decode } from "../wire/codec.ts";
import { CodedError, isCodedError } from "../wire/coded-error.ts";
import { encodeFault } from "../wire/fault.ts";
import { ReflectApply } from "../wire/primordials.ts";
import { SystemCommand } from "../wire/system-command.ts";
import { append } from "./containers.ts";
import { placeOf } from "./format.ts";
import type { Outbox } from "./outbox.ts";
import { messageOf, ownCode } from "./replies.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import type { Threads } from "./threads.ts";

type Handler = (...args: never[]) => unknown;

/** Thrown by exit, so that it never returns. */
class ExitSignal extends Error {
  override readonly name = "ExitSignal";
  readonly #isExit = true;

  static isExit(value: unknown): boolean {
    return typeof value === "object" && value !== null && #isExit in value && value.#isExit;
  }
}

/** What ends a thread because the service exits: nobody's mistake. */
export function isExitSignal(error: unknown): boolean {
  return ExitSignal.isExit(error) || (isCodedError(error) && error.code === "SERVICE_EXITED");
}

export class Lifecycle implements ThreadOwner {
  readonly #threads: Threads;
  readonly #outbox: Outbox;
  #start: Handler | undefined;
  readonly #inits: (() => unknown)[] = [];
  #import: ((state: unknown) => unknown) | undefined;
  /** What an export of the state gives. */
  export: (() => unknown) | undefined;
  #hasStarted = false;
  isExiting = false;
  /** Set by the runtime: tells everyone who waits. */
  onExit: () => void = () => {};

  constructor(threads: Threads, outbox: Outbox) {
    this.#threads = threads;
    this.#outbox = outbox;
  }

  /** It takes a state that was exported. */
  get imports(): boolean {
    return this.#import !== undefined;
  }

  /** The module body is over. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  start(handler: Handler): void {
    needFunction(handler, "start");
    if (this.#hasStarted || this.#start !== undefined) {
      throw invalid("start may be called once, in the module body");
    }
    this.#start = handler;
  }

  init(handler: () => unknown): void {
    needFunction(handler, "init");
    if (this.#hasStarted) handler();
    else append(this.#inits, handler);
  }

  exportState(handler: () => unknown): void {
    needFunction(handler, "exportState");
    this.export = handler;
  }

  importState(handler: (state: unknown) => unknown): void {
    needFunction(handler, "importState");
    this.#import = handler;
  }

  /**
   * The kernel's start message, whose rest is in [from, to): the length of a state in three bytes,
   * the state, the arguments.
   */
  begin(bytes: Uint8Array, from: number, to: number): void {
    if (this.#hasStarted) return;
    const stateAt = from + 3;
    let argsAt = stateAt;
    for (let index = 0; index < 3; index++) {
      argsAt += (bytes[from + index] as number) << (8 * index);
    }
    const args = decode(bytes, argsAt, to);
    const inits = this.#inits;
    const importer = argsAt > stateAt ? this.#import : undefined;
    const start = this.#start ?? ((): void => {});
    this.#hasStarted = true;
    const run =
      inits.length === 0 && importer === undefined
        ? start
        : async () => {
            if (importer !== undefined) await importer(decode(bytes, stateAt, argsAt)[0]);
            for (let index = 0; index < inits.length; index++) {
              await (inits[index] as () => unknown)();
            }
            await ReflectApply(start, undefined, args);
          };
    this.#threads.run(this.#threads.make("start", this), run, args);
  }

  finished(): void {
    if (!this.isExiting) this.#outbox.writeCommand(SystemCommand.ready, 0, 0);
  }

  failed(thread: Thread, error: unknown): void {
    if (this.isExiting || isExitSignal(error)) return;
    const place = placeOf(error);
    const text = messageOf(thread.killed ?? error) + (place === "" ? "" : ` (at ${place})`);
    const fault = encodeFault("SERVICE_INIT_FAILED", text, ownCode(error));
    this.#outbox.writeCommand(SystemCommand.failed, 0, 0, fault);
  }

  exit(): never {
    if (!this.isExiting) {
      this.isExiting = true;
      this.onExit();
      this.#outbox.writeCommand(SystemCommand.exit, 0, 0);
    }
    throw new ExitSignal("the service has called exit");
  }
}

function needFunction(handler: unknown, what: string): void {
  if (typeof handler !== "function") throw invalid(`${what} needs a function`);
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}
