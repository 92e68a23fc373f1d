// Faults: what isolated-vm and V8 throw, read once and given a code. The only reader of third-party
// texts.
// Host threads. Used by isolate.ts and loader.ts.
// Invariant: no text of the host (a path inside node_modules, a host stack) leaves here.

import { CodedError } from "../../wire/coded-error.ts";
import type { TurnResult } from "../kernel/occupant.ts";
import { isLibrary, type Program } from "./engine.ts";

const interrupted: TurnResult = { kind: "interrupted" };

/** Why a synchronous entry into an isolate ended by an exception. `error` is what was thrown. */
export function turnFault(error: unknown, isDisposed: boolean, who: string): TurnResult {
  const text = error instanceof Error ? error.message : "";
  // An isolate that is entered although it is gone has ended between turns, as only the library
  // itself does to it: a look at its heap was a collection, and it is over its limit.
  if (/memory limit|is disposed/i.test(text)) {
    return {
      kind: "dead",
      code: "MEMORY_LIMIT",
      text: `service ${who} went over its memory limit`,
    };
  }
  if (isDisposed || /disposed/i.test(text)) {
    return {
      kind: "dead",
      code: "ADDRESS_DEAD",
      text: `service ${who} was stopped in the middle of a turn`,
    };
  }
  return interrupted;
}

const timeoutText = "Script execution timed out.";

/**
 * The entry was cut off by the library's timer. A guest can throw the same text, and is then taken
 * for interrupted: it hurts nobody but itself.
 */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === timeoutText;
}

/** Why a module's body failed: what it threw, or that it did not come to its end. */
export function loadFault(error: unknown, program: Program, limitMs: number): CodedError {
  const { main, files } = program;
  const text = isTimeout(error)
    ? `${main}: the body of the module was interrupted after ${limitMs} ms (turnMsMax)`
    : guestFaultText(error, files);
  return new CodedError("SERVICE_LOAD_FAILED", text);
}

/** For the log. */
export function rejectionText(error: unknown, files: ReadonlyMap<string, string>): string {
  return `a promise was rejected and nobody handles it: ${guestFaultText(error, files)}`;
}

/** First line of a guest's error, with the place in the author's file. */
function guestFaultText(error: unknown, files: ReadonlyMap<string, string>): string {
  if (!(error instanceof Error)) return String(error);
  const place = firstPlace(error.stack ?? "", files);
  const text = `${error.name}: ${error.message}`;
  return place === undefined || text.includes(place) ? text : `${text} (at ${place})`;
}

/**
 * The first stack line that lies in one of the author's files, and not in a library's:
 * "file:line:column".
 */
function firstPlace(stack: string, files: ReadonlyMap<string, string>): string | undefined {
  const own = [...files.keys()].filter((file) => !isLibrary(file));
  for (const line of stack.split("\n")) {
    for (const file of own) {
      const start = line.indexOf(file);
      if (start < 0) continue;
      const match = /^:\d+:\d+/.exec(line.slice(start + file.length));
      if (match !== null) return file + match[0];
    }
  }
  return undefined;
}

/** A compile error as V8 and isolated-vm report it: "text [file:line:column]". */
export function syntaxFault(error: unknown, file: string): CodedError {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^(.*) \[(.*):(\d+):(\d+)\]$/s.exec(text);
  const place = match === null ? file : `${match[2]}:${match[3]}:${match[4]}`;
  const what = match === null ? text : (match[1] ?? text);
  return new CodedError("SERVICE_LOAD_FAILED", `${place}: SyntaxError: ${what}`);
}
