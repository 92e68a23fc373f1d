// Inspector: what an operator's commands do to one isolate through V8's debugging protocol.
// One shard's thread. Called by isolate.ts, with the service held.
// Invariant: nothing pauses, and no session outlives its operation.

import { CodedError } from "../../wire/coded-error.ts";
import { withSession } from "./inspector-session.ts";
import type { Ivm } from "./vm.ts";

export async function collectGarbage(isolate: Ivm.Isolate): Promise<void> {
  await withSession(isolate, "INJECT_FAILED", (session) =>
    session.send("HeapProfiler.collectGarbage"),
  );
}

/** Global under which the compiled script waits for the guest runtime, with its number. */
export const injectedPrefix = "isonet:injected:";

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
export function checkSyntax(
  isolate: Ivm.Isolate,
  { source, filename }: Pick<ScopeStash, "source" | "filename">,
): void {
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
  await withSession(isolate, "INJECT_FAILED", async (session) => {
    await session.send("Debugger.enable");
    await session.send("Debugger.setBreakpointByUrl", {
      url: stash.file,
      lineNumber: stash.line,
      columnNumber: stash.column,
      condition: `globalThis[${JSON.stringify(injectedPrefix + stash.id)}] = ${made}, false`,
    });
    stash.hook();
    await session.send("Debugger.disable");
  });
}
