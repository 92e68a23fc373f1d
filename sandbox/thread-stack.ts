// Thread stack: finds the logical thread that runs, after an await, in V8's stack of awaiting functions.
// Guest (and host services). Asked by threads.ts when nothing cheaper knows.
// Invariant: answers with the thread whose handler awaits what runs, or undefined; it never guesses.

import { append, ErrorCaptured, defineProperty } from "./primordials.ts";
import type { Thread } from "./thread.ts";

const followName = "isonet$thread";
const framesMax = 200; // an await chain deeper than this is not looked through

type CallSite = { getFunctionName(): string | null; getThis(): unknown };
type StackTraces = {
  captureStackTrace(into: object): void;
  prepareStackTrace?: ((error: unknown, sites: CallSite[]) => unknown) | undefined;
  stackTraceLimit: number;
};

const traces = ErrorCaptured as unknown as StackTraces;
const { captureStackTrace } = traces;

/** Awaits a handler's promise; its `this`, the thread, shows in the stack of all that the handler awaits. */
export type Follow = (
  this: Thread,
  promise: unknown,
  finished: (thread: Thread, value: unknown) => void,
  failed: (thread: Thread, error: unknown) => void,
) => Promise<void>;

/**
 * A sloppy-mode function, because V8 shows `this` of no other kind in a stack: hence from text.
 * The text is constant; authors cannot change it.
 */
export const follow = makeFollow();

function makeFollow(): Follow {
  // oxlint-disable-next-line no-new-func -- see above
  const make = new Function(`return async function ${followName}(promise, finished, failed) {
    let value;
    try { value = await promise; } catch (error) { failed(this, error); return; }
    finished(this, value);
  }`) as () => Follow;
  return make();
}

let found: CallSite[] = [];

function keepSites(_error: unknown, sites: CallSite[]): string {
  found = sites;
  return "";
}

/** The thread whose handler, directly or through other awaits, waits for the code that runs. About 3 µs. */
export function threadOnStack(isThread: (value: unknown) => value is Thread): Thread | undefined {
  const own = Object.getOwnPropertyDescriptor(traces, "prepareStackTrace");
  const limit = Object.getOwnPropertyDescriptor(traces, "stackTraceLimit");
  try {
    defineProperty(traces, "prepareStackTrace", {
      value: keepSites,
      configurable: true,
      writable: true,
    });
    defineProperty(traces, "stackTraceLimit", {
      value: framesMax,
      configurable: true,
      writable: true,
    });
    const holder: { stack?: unknown } = {};
    captureStackTrace(holder);
    void holder.stack;
  } catch {
    return undefined; // the author has frozen Error
  } finally {
    restore("prepareStackTrace", own);
    restore("stackTraceLimit", limit);
  }
  const sites = found;
  found = [];
  for (let index = sites.length - 1; index >= 0; index--) {
    const site = sites[index] as CallSite;
    if (site.getFunctionName() !== followName) continue;
    const self = site.getThis();
    if (isThread(self)) return self;
  }
  return undefined;
}

function restore(
  key: "prepareStackTrace" | "stackTraceLimit",
  own: PropertyDescriptor | undefined,
): void {
  try {
    if (own === undefined) delete (traces as Record<string, unknown>)[key];
    else defineProperty(traces, key, own);
  } catch {
    // frozen: nothing was changed either
  }
}

/** Lines of an error's stack that lie outside the runtime. */
export function authorStack(error: { readonly stack?: unknown }): string {
  const text = typeof error.stack === "string" ? error.stack : "";
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (!line.includes("isonet:") && !line.includes(followName)) append(lines, line);
  }
  return lines.join("\n");
}
