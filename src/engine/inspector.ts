// Inspector: V8's debugging protocol on one isolate, for as long as one operation takes.
// One shard's thread; the protocol's answers come through the event loop, so the service must be
// held meanwhile.
// Invariant: a session has ended before this returns, whatever happens: a session left open hangs
// the exit.

import { CodedError } from "../../wire/coded-error.ts";
import type { Ivm } from "./vm.ts";

// a full collection of a large heap takes under a second; a stuck isolate never answers
const answerMsMax = 10_000;

const goneMs = 20;

type Answer = {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
};

function gone(): CodedError {
  return new CodedError("ADDRESS_DEAD", "the service has ended: it went over its memory limit");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

class Session {
  readonly #isolate: Ivm.Isolate;
  readonly #session: Ivm.InspectorSession;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(isolate: Ivm.Isolate) {
    this.#isolate = isolate;
    this.#session = isolate.createInspectorSession();
    this.#session.onResponse = (id, message) => {
      this.#waiting.get(id)?.(JSON.parse(message) as Answer);
      this.#waiting.delete(id);
    };
    this.#session.onNotification = () => {};
  }

  async send(
    method: string,
    params: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> {
    if (this.#isolate.isDisposed) throw gone();
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(
      () => resolve({ error: { message: `${method}: no answer in ${answerMsMax} ms` } }),
      answerMsMax,
    );
    this.#session.dispatchProtocolMessage(JSON.stringify({ id, method, params }));
    const answer = await promise;
    clearTimeout(timer);
    if (answer.error !== undefined) throw new CodedError("INJECT_FAILED", answer.error.message);
    return answer.result ?? {};
  }

  /**
   * Ends the session and waits until V8 has forgotten it: the library does that later, on a thread
   * of its pool, and a session that another thread opens meanwhile corrupts V8's table of sessions
   * (seen as a SIGSEGV in V8InspectorImpl::connect). An asynchronous task of the isolate runs
   * behind the deletion.
   */
  async end(): Promise<void> {
    // An isolate that went over its memory limit meanwhile takes its sessions with it, a little
    // later: to end one before that aborts the process.
    if (this.#isolate.isDisposed) await pause(goneMs);
    this.#session.dispose();
    if (!this.#isolate.isDisposed) await this.#isolate.getHeapStatistics();
  }
}

export async function collectGarbage(isolate: Ivm.Isolate): Promise<void> {
  const session = new Session(isolate);
  try {
    await session.send("HeapProfiler.collectGarbage");
  } finally {
    await session.end();
  }
}

/** Global under which the compiled script waits for the guest runtime, with its number. */
const injectedPrefix = "isonet:injected:";

export type ScopeStash = {
  readonly id: number;
  /** Where the body of the hook is: file, line and column from 0. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: string;
  readonly filename: string;
  /** Calls the hook function. */
  readonly hook: () => void;
};

// As an expression and as a declaration: what closes the function and goes on fails in one of them.
const syntaxForms = [
  { head: '"use strict";(async function (print, args) {', tail: "\n})" },
  { head: '"use strict";async function script(print, args) {', tail: "\n}" },
] as const;

/** Fails with INJECT_FAILED, with the place in the script. */
function checkSyntax(isolate: Ivm.Isolate, { source, filename }: ScopeStash): void {
  try {
    for (const { head, tail } of syntaxForms) {
      const options = { filename, columnOffset: -head.length };
      isolate.compileScriptSync(head + source + tail, options).release();
    }
  } catch (error) {
    throw new CodedError("INJECT_FAILED", error instanceof Error ? error.message : String(error));
  }
}

/**
 * Makes a function of `source` in the scope of a module, with its live bindings, without pausing
 * anything: the function expression is the condition of a breakpoint in the hook, and the condition
 * is false. A syntax error in the source is found beforehand, by compiling the function alone.
 */
export async function stashInScope(isolate: Ivm.Isolate, stash: ScopeStash): Promise<void> {
  const made = `(async function (print, args) {${stash.source}\n})`;
  checkSyntax(isolate, stash);
  const session = new Session(isolate);
  try {
    await session.send("Debugger.enable");
    await session.send("Debugger.setBreakpointByUrl", {
      url: stash.file,
      lineNumber: stash.line,
      columnNumber: stash.column,
      condition: `globalThis[${JSON.stringify(injectedPrefix + stash.id)}] = ${made}, false`,
    });
    stash.hook();
    await session.send("Debugger.disable");
  } finally {
    await session.end();
  }
}
