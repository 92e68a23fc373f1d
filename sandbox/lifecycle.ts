// Lifecycle: the three phases of a service: its module body, its start handler, its work (reference
// §2.1).
// Guest (and host services). The kernel's start message begins the second phase; exit ends the
// third.
// Invariant: the kernel hears "ready" or "failed" once; after exit no author code is started any
// more.

import { decode } from "../wire/codec.ts";
import { CodedError } from "../wire/coded-error.ts";
import { encodeFault } from "../wire/fault.ts";
import { SystemCommand } from "../wire/system-command.ts";
import { errorText } from "./format.ts";
import type { Outbox } from "./outbox.ts";
import { append, apply } from "./primordials.ts";
import { messageOf, ownCode } from "./replies.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import type { Threads } from "./threads.ts";

type Handler = (...args: never[]) => unknown;

/** Thrown by exit, so that it never returns. */
class ExitSignal extends Error {
  override readonly name = "ExitSignal";
}

export function isExitSignal(error: unknown): boolean {
  return error instanceof ExitSignal;
}

export class Lifecycle implements ThreadOwner {
  readonly #threads: Threads;
  readonly #outbox: Outbox;
  #start: Handler | undefined;
  #inits: (() => unknown)[] = [];
  #hasStarted = false;
  isExiting = false;
  /** Set by the runtime: tells everyone who waits. */
  onExit: () => void = () => {};

  constructor(threads: Threads, outbox: Outbox) {
    this.#threads = threads;
    this.#outbox = outbox;
  }

  start(handler: Handler): void {
    if (typeof handler !== "function") throw invalid("start needs a function");
    if (this.#hasStarted || this.#start !== undefined) {
      throw invalid("start may be called once, in the module body");
    }
    this.#start = handler;
  }

  init(handler: () => unknown): void {
    if (typeof handler !== "function") throw invalid("init needs a function");
    if (this.#hasStarted) handler();
    else append(this.#inits, handler);
  }

  /** The kernel's start message: the arguments are in [from, to). */
  begin(bytes: Uint8Array, from: number, to: number): void {
    if (this.#hasStarted) return;
    const args = decode(bytes, from, to);
    const inits = this.#inits;
    const start = this.#start ?? ((): void => {});
    this.#hasStarted = true;
    const run =
      inits.length === 0 ? start : () => runAll(inits, () => apply(start, undefined, args));
    this.#threads.run(this.#threads.make("start", this), run, args);
  }

  finished(): void {
    if (!this.isExiting) this.#outbox.writeCommand(SystemCommand.ready, 0, 0);
  }

  failed(_thread: Thread, error: unknown): void {
    if (this.isExiting || isExitSignal(error)) return;
    const place = placeOf(error);
    const text = messageOf(error) + (place === "" ? "" : ` (at ${place})`);
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

async function runAll(inits: readonly (() => unknown)[], start: () => unknown): Promise<void> {
  for (let index = 0; index < inits.length; index++) await (inits[index] as () => unknown)();
  await start();
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}

/** "file:line:column" of the author's code that threw, or "". */
function placeOf(error: unknown): string {
  const lines = errorText(error).split("\n");
  for (let index = 0; index < lines.length; index++) {
    const match = /^ +at (?:.*\()?(.+:\d+:\d+)\)?$/.exec(lines[index] as string);
    const place = match?.[1];
    if (place !== undefined && !place.startsWith("isonet:")) return place;
  }
  return "";
}
