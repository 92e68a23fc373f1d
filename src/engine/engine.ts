// Engine: isolates as the shard sees them. One interface, one implementation (isolate.ts on
// isolated-vm).
// One shard's thread: an isolate is made, entered and disposed on the thread of its shard.
// Invariant: nothing of isolated-vm shows through this interface.

import type { HotfixOutcome } from "../../wire/hotfix-outcome.ts";
import type { Occupant, TurnResult } from "../kernel/occupant.ts";
import type { DebugListener, DebugSession } from "./debug-session.ts";
import type { Recording, RecordingOrder } from "./insight.ts";
import type { Trap, TrapOrder, TrapSession } from "./trap.ts";

const libraryPrefix = "isonet:";

/** What a library is called in programs and stack traces. */
export function libraryPath(name: string): string {
  return libraryPrefix + name;
}

/** True when the module is a library, by its path in a program. */
export function isLibrary(path: string): boolean {
  return path.startsWith(libraryPrefix);
}

export type HeapFigures = {
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly limitBytes: number;
  /** Buffers outside the V8 heap. */
  readonly externalBytes: number;
  /** Native memory V8 uses for the isolate. */
  readonly nativeBytes: number;
  /** Its turn memory, which it shares with the host. */
  readonly sharedBytes: number;
};

/** The modules of one service, ready to be compiled. */
export type Program = {
  /** Path of the main module; also its name in stack traces. */
  readonly main: string;
  /** Source text by path, types stripped. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * Path that `specifier` means in `importer`; "isonet" means itself. Fails with IMPORT_REFUSED.
   */
  readonly resolve: (specifier: string, importer: string) => string;
};

/** A script of an operator's, under a number of its own. */
export type InjectedScript = {
  readonly id: number;
  readonly source: string;
  readonly filename: string;
};

/**
 * One service's isolate. The methods that answer with promises want the service held; the others
 * are synchronous and may run guest code.
 */
export type ServiceIsolate = Occupant & {
  /** Tells the guest runtime who it is: JSON of a ServiceIdentity. Once, before `load`. */
  assign(identity: string): void;
  /**
   * Compiles and evaluates the service's modules. Fails with SERVICE_LOAD_FAILED, IMPORT_REFUSED.
   */
  load(program: Program, limitMs: number): void;
  /** Set by a recorder: told of what an operator does to the code or the values in it. */
  onEdited: (what: string) => void;
  heap(): HeapFigures;
  /** CPU time since it was made, in milliseconds. */
  cpuMs(): number;
  /** Forces a full collection. The service must be held. */
  collect(): Promise<void>;
  /**
   * Compiles `source` as a function in the scope of the main module and leaves it for the guest
   * runtime to run. The service must be held. Fails with INJECT_FAILED.
   */
  stashInjected(script: InjectedScript): Promise<void>;
  /**
   * Hands on the JSON of a heap snapshot, text by text. The service must be held. Fails with
   * INSPECT_FAILED.
   */
  snapshot(onText: (text: string) => void): Promise<void>;
  /** Starts a recording. The service must be held, but not while it goes on. */
  record(order: RecordingOrder): Promise<Recording>;
  /**
   * Waits for a call of one of the service's functions, to leave a script of its scope for the
   * guest runtime. The service must be held, but not while the trap is set.
   */
  trap(order: TrapOrder, session?: TrapSession): Promise<Trap>;
  /**
   * Opens a debugger's session; until it has ended the service has its turns by `laneTurn` only.
   * The service must be held.
   */
  debug(listener: DebugListener): Promise<DebugSession>;
  /** A turn on the library's pool. `wasInterrupted`: somebody has ended it by order. */
  laneTurn(wasInterrupted: () => boolean): Promise<TurnResult>;
  /** Enters an empty function in the scope of the main module: a place to stop at. On the pool. */
  enterScope(): Promise<void>;
  /** Where that function is: file, line and column from 0. */
  readonly scopePlace: ScopePlace;
  /**
   * Gives the running main module another text, types stripped, and proves it; "try" takes it back.
   * The service must be held. Fails with HOTFIX_FAILED.
   */
  patch(text: string, mode: "apply" | "try"): Promise<HotfixOutcome>;
  /** Releases every handle, then the isolate. Idempotent. */
  dispose(): void;
};

export type ScopePlace = { readonly url: string; readonly line: number; readonly column: number };

/** Whose code an isolate is for: a stranger's gets the prelude, sandbox/prelude. */
export type IsolateTrust = { readonly isTrusted: boolean };

export type Engine = {
  /**
   * An isolate with the guest runtime in it, that nobody uses yet; trusted unless said otherwise.
   * Fails with ISOLATE_CEILING.
   */
  create(memoryMb: number, trust?: IsolateTrust): ServiceIsolate;
  /** Lets the shard's warden find the isolate by this address while the shard is stuck in it. */
  watch(address: number, isolate: ServiceIsolate): void;
  unwatch(address: number): void;
  stop(): Promise<void>;
};
