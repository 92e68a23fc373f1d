// Thread stack: finds the logical thread that runs, after an await, in V8's stack of awaiting
// functions; and that stack for people, from a promise that nobody has settled.
// Guest (and host services). Asked by threads.ts when nothing cheaper knows, and by tasks.ts.
// Invariant: answers with the thread whose handler awaits what runs, or undefined; it never
// guesses.

import { limits } from "../wire/limits.ts";
import {
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  PromisePrototypeThen,
  SafeError,
  StringPrototypeSlice as slice,
  uncurryThis,
} from "../wire/primordials.ts";
import { append } from "./containers.ts";
import { asOurs, resolved } from "./microtask.ts";
import type { Thread } from "./thread.ts";

const followName = "isonet$thread$";
const framesMax = 200; // an await chain deeper than this is not looked through

const ownFiles = "isonet:"; // the runtime's, and what else is no author's
const textMax = 200; // of one name: an author may make them as long as they like

type CallSite = {
  readonly getFunctionName: () => string | null;
  readonly getFileName: () => string | null;
  readonly getLineNumber: () => number | null;
  readonly getColumnNumber: () => number | null;
  readonly getPromiseIndex: () => number | null;
  readonly isAsync: () => boolean;
};
type StackTraces = {
  readonly captureStackTrace: (into: object) => void;
  prepareStackTrace?: ((error: unknown, sites: CallSite[]) => unknown) | undefined;
  stackTraceLimit: number;
};

const traces = SafeError as unknown as StackTraces;
const { captureStackTrace } = traces;

type Told = (thread: Thread, value: unknown) => void;

/**
 * Awaits the promise of a thread's handler. Its name, which holds its slot, shows in the stack of
 * all that awaits.
 */
export type Follow = (
  thread: Thread,
  promise: unknown,
  finished: Told,
  failed: Told,
) => Promise<void>;

/** One Follow for each slot: V8 shows no more of a frame than its function's name. */
function makeFollow(slot: number): Follow {
  const name = followName + slot;
  const holder: Record<string, Follow> = {
    [name]: async (thread, promise, finished, failed) => {
      let value: unknown;
      try {
        value = await promise;
      } catch (error) {
        failed(thread, error);
        return;
      }
      finished(thread, value);
    },
  };
  return holder[name] as Follow;
}

/** The suspended threads, each in a slot of its own until its handler has ended. */
export class ThreadSlots {
  readonly #threads: (Thread | undefined)[] = [];
  readonly #follows: Follow[] = [];
  readonly #free: number[] = [];

  follow(thread: Thread, promise: unknown, finished: Told, failed: Told): void {
    const slot = this.#free.length > 0 ? (this.#takeFree() as number) : this.#threads.length;
    this.#threads[slot] = thread;
    const follow = (this.#follows[slot] ??= makeFollow(slot));
    thread.slot = slot;
    void follow(thread, promise, finished, failed);
  }

  #takeFree(): number | undefined {
    const slot = this.#free[this.#free.length - 1];
    this.#free.length--;
    return slot;
  }

  /** The thread's handler has ended. */
  leave(thread: Thread): void {
    this.#threads[thread.slot] = undefined;
    append(this.#free, thread.slot);
  }

  /**
   * The thread whose handler, directly or through other awaits, waits for the code that runs. About
   * 3 µs.
   */
  running(): Thread | undefined {
    const sites = captureSites();
    for (let index = sites.length - 1; index >= 0; index--) {
      const name = functionNameOf(sites[index]);
      if (name === null || slice(name, 0, followName.length) !== followName) continue;
      const thread = this.#threads[+slice(name, followName.length)];
      if (thread !== undefined) return thread;
    }
    return undefined;
  }
}

/**
 * Tells, a microtask later, the functions of the author that await the promise of `settler`, the
 * innermost first, each on a line that begins with a line end. The promise is left alone: V8 shows
 * who awaits a promise to code that stands where it would be settled, and none of that code settles
 * it.
 */
export function tellAwaiting(
  settler: (value: unknown) => void,
  told: (lines: string) => void,
): void {
  const place = asOurs(
    PromisePrototypeThen(resolved, () => {
      told(linesOf(captureSites()));
      throw new SafeError(); // the settler is for what is fulfilled
    }),
  );
  void PromisePrototypeThen(place, settler, nothing);
}

function nothing(): void {}

function linesOf(sites: readonly CallSite[]): string {
  let lines = "";
  let count = 0;
  for (let index = 0; index < sites.length && count < limits.taskFramesMax; index++) {
    const site = sites[index];
    if (!isAsync(site)) continue;
    const name = slice(functionNameOf(site) ?? "<anonymous>", 0, textMax);
    const file = slice(fileNameOf(site) ?? "", -textMax);
    if (slice(name, 0, followName.length) === followName) break;
    if (slice(file, 0, ownFiles.length) === ownFiles) continue;
    const item = promiseIndexOf(site);
    const place = `${file}:${lineOf(site)}:${columnOf(site)}`;
    lines +=
      item === null
        ? `\n    at async ${name} (${place})`
        : `\n    at async Promise.${name} (index ${item})`;
    count++;
  }
  return lines;
}

let found: CallSite[] = [];

function keepSites(_error: unknown, sites: CallSite[]): string {
  found = sites;
  return "";
}

function captureSites(): readonly CallSite[] {
  const own = ObjectGetOwnPropertyDescriptor(traces, "prepareStackTrace");
  const limit = ObjectGetOwnPropertyDescriptor(traces, "stackTraceLimit");
  found = [];
  try {
    traces.prepareStackTrace = keepSites;
    traces.stackTraceLimit = framesMax;
    const holder: { stack?: unknown } = {};
    captureStackTrace(holder);
    void holder.stack;
  } catch {
    // The author has frozen Error: nobody can tell.
  }
  restore("prepareStackTrace", own);
  restore("stackTraceLimit", limit);
  return found;
}

function restore(
  key: "prepareStackTrace" | "stackTraceLimit",
  own: PropertyDescriptor | undefined,
): void {
  try {
    if (own === undefined) delete (traces as Record<string, unknown>)[key];
    else ObjectDefineProperty(traces, key, own);
  } catch {
    // frozen: nothing was changed either
  }
}

const [anySite] = captureSites();
if (anySite === undefined) throw new Error("V8 tells nothing of the stack");
const functionNameOf = uncurryThis(anySite.getFunctionName);
const fileNameOf = uncurryThis(anySite.getFileName);
const lineOf = uncurryThis(anySite.getLineNumber);
const columnOf = uncurryThis(anySite.getColumnNumber);
const promiseIndexOf = uncurryThis(anySite.getPromiseIndex);
const isAsync = uncurryThis(anySite.isAsync);
