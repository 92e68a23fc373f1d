// The isolated-vm package, for the files of this folder. Nobody else imports it.
// Host threads. The versions below have known ways from a guest to the host.
// Invariant: an older version than `versionMin` is refused at start (self-test.ts).

import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import ivm from "isolated-vm";

/**
 * The loop unroller of V8's optimizing compiler (13.6, Node 24) takes the check for interrupts out
 * of loops without end that fill arrays, as in `for (;;) list.push(new Array(100).fill(1.5))`: a
 * turn in one ends neither by its slice, nor by the memory limit, nor by a dispose. Before the
 * first isolate: code that is optimized already stays as it is.
 */
setFlagsFromString("--no-turboshaft-loop-unrolling");

/**
 * Before V8 (13.6) frees WebAssembly code, here that of Node's own type stripper, it asks each
 * isolate of the process for its task runner, under a lock. When that one is being disposed, the
 * question holds its last reference, and its end waits for the same lock: the process stands still
 * for ever. Without it some megabytes of code that is compiled twice stay.
 */
setFlagsFromString("--no-wasm-code-gc");

export { ivm };
export type { ivm as Ivm };

/** First version of the line without a known escape. */
export const versionMin = "7.0.1";

export function installedVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("isolated-vm/package.json");
  const { version } = manifest as { version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
