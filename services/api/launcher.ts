// Launcher commands: starts, lists, measures and ends services. Host service ".launcher" (reference
// §9.1).
// Neutral: the commands' types for callers in both worlds. Implemented by
// services/host/launcher.ts.
// Invariant: keys of every table are text addresses (":0100000c").

import type { Address, Ended, LaunchOptions } from "isonet";

/** What one service has done since it was started. */
export type ServiceFigures = {
  /** Seconds of CPU. */
  readonly cpu: number;
  readonly message: number;
  readonly mqlen: number;
  /** Suspended logical threads, as the service says. */
  readonly task: number;
  readonly turns: number;
  readonly turnMs: number;
  readonly sent: number;
  readonly refused: number;
  readonly expired: number;
  readonly faults: number;
  /** Turns that were interrupted. */
  readonly interrupts: number;
  /** Requests that it answered with an error. */
  readonly errors: number;
  readonly timers: number;
  readonly state: string;
  /** How often it was restarted. */
  readonly restarts: number;
};

/** Memory of one service's isolate, in bytes. */
export type HeapFigures = {
  readonly usedBytes: number;
  readonly totalBytes: number;
  readonly limitBytes: number;
  /** Buffers outside the V8 heap. */
  readonly externalBytes: number;
  /**
   * What V8 itself has allocated for the isolate: an estimate, code and zones are not all in it.
   */
  readonly nativeBytes: number;
  /** Turn memory, shared with the host. */
  readonly sharedBytes: number;
};

/** CPU of one owner's untrusted services in one cell. */
export type OwnerFigures = {
  readonly owner: string;
  readonly services: number;
  /** CPU time it has left, in milliseconds; below 0: it waits until it is out of debt. */
  readonly balanceMs: number;
  readonly chargedMs: number;
  /** Milliseconds until its services go on; 0: they do not wait. */
  readonly waitingMs: number;
};

/** One forced garbage collection: bytes in use before and after, and how long it took. */
export type Collection = {
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly ms: number;
};

/**
 * A shard that does not answer in time gives "TIMEOUT" for each of its services, one that fails
 * "ERROR". "RESTARTING": the service has ended and waits for its restart.
 */
export type Missing = "TIMEOUT" | "ERROR" | "RESTARTING";

/** What an injected script came to: its printed lines, or its error as well. */
export type Injection = { readonly ok: boolean; readonly output: string };

/** `timeoutTicks` of 10 ms: 0 or less waits for ever; default 300. */
export type Scope = { readonly address?: Address; readonly timeoutTicks?: number };

export type LauncherCommands = {
  /** Starts a service; undefined when it exited while it was starting. Fails as newService does. */
  launch(options: LaunchOptions, ...args: unknown[]): Address | undefined;
  /** Every guest service alive, with its name and arguments as text. */
  list(): Record<string, string>;
  stat(scope?: Scope): Record<string, ServiceFigures | Missing>;
  mem(scope?: Scope): Record<string, HeapFigures | Missing>;
  gc(scope?: Scope): Record<string, Collection | Missing>;
  /** CPU of each owner of untrusted services, by cell; a cell that does not answer is missing. */
  owners(): Record<string, readonly OwnerFigures[] | Missing>;
  /** Name of the service that was ended; "nil" when there is none. */
  kill(address: Address): Record<string, string>;
  /** Replies when the service has ended, and tells how. */
  monitor(address: Address): Ended;
  /** Runs a script in the scope of the service's main module (reference §3.7). */
  inject(address: Address, source: string, filename: string, args: readonly string[]): Injection;
  /** 0: interrupts the turn that runs; 1: logs the memory in use (reference §1.10). */
  signal(address: Address, number: number): void;
  /** Forgets the texts of module files: the next service reads them again. */
  clearCache(): void;
};
