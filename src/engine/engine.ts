// Engine: isolates as the shard sees them. One interface, one implementation (isolate.ts on
// isolated-vm).
// One shard's thread: an isolate is made, entered and disposed on the thread of its shard.
// Invariant: nothing of isolated-vm shows through this interface.

import type { HotfixOutcome } from "../../wire/hotfix-outcome.ts";
import type { Occupant } from "../kernel/occupant.ts";

export type HeapFigures = {
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly limitBytes: number;
  /** Buffers outside the V8 heap. */
  readonly externalBytes: number;
  /** Native memory V8 uses for the isolate. */
  readonly nativeBytes: number;
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
 * One service's isolate. Every method but `collect`, `stashInjected` and `patch` is synchronous
 * and may run guest code.
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
   * Gives the running main module another text, types stripped, and proves it; "try" takes it back.
   * The service must be held. Fails with HOTFIX_FAILED.
   */
  patch(text: string, mode: "apply" | "try"): Promise<HotfixOutcome>;
  /** Releases every handle, then the isolate. Idempotent. */
  dispose(): void;
};

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
