// Watch place: where the guest runtime hands a message to its handler, and the condition of a
// breakpoint there.
// Shard 0. Used by debug-talk.ts; reads the bundled text of sandbox/dispatcher.ts.
// Invariant: the place is found by the shape of the code, whatever the bundler calls things; a test
// says when it is not.

import { CodedError } from "../../../wire/coded-error.ts";

export type WatchPlace = {
  readonly line: number;
  readonly column: number;
  readonly condition: (protocol: string, condition: string) => string;
};

/** `if (entry.commands !== undefined && this.#command(entry, thread, values))`. */
const placePattern =
  /if\s*\(!?\(?(\w+)\.commands\s*!==\s*void 0\s*&&\s*this\.#\w+\(\1,\s*(\w+),\s*(\w+)\)/;

/** "watch lua source == 5", or Skynet's `watch("lua", condition)`; undefined: it is no watch. */
export function watchWords(line: string): { protocol: string; condition: string } | undefined {
  const call = /^watch\s*\(\s*["'](\w+)["']\s*(?:,\s*(.*?)\s*)?\)$/s.exec(line);
  const words = call ?? /^watch\s+["']?(\w+)["']?(?:\s+(.*))?$/s.exec(line);
  if (words === null) return undefined;
  return { protocol: words[1] ?? "", condition: words[2] ?? "true" };
}

/** Fails with NOT_AVAILABLE when the runtime has another shape. */
export function watchPlace(source: string): WatchPlace {
  const match = placePattern.exec(source);
  if (match === null) {
    throw new CodedError("NOT_AVAILABLE", "the runtime of this service cannot be watched");
  }
  const [, , thread, values] = match;
  const before = source.slice(0, match.index).split("\n");
  return {
    line: before.length - 1,
    column: before.at(-1)?.length ?? 0,
    condition: (protocol, condition) =>
      `${thread}.what===${JSON.stringify(protocol)}&&((session,source,...args)=>{` +
      `const test=(${condition}\n);return typeof test==="function"?test(session,source,...args):` +
      `test})(${thread}.session,${thread}.source,...${values})`,
  };
}
