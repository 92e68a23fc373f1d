// Strip types: makes JavaScript of TypeScript, with every line and column where it was.
// One shard's thread, or a cell's: a stranger's text is only ever parsed in a cell.
// Invariant: a syntax error names its place in the author's file.

import { stripTypeScriptTypes } from "node:module";
import { CodedError } from "../../wire/coded-error.ts";

const stripLinesMax = 8; // what the stripper shows stands in the first of them
const stripTabBlanks = 4;

/** Types become blanks: lines and columns stay the author's. */
export function stripTypes(text: string, file: string): string {
  if (!/\.[mc]?ts$/.test(file)) return text;
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CodedError(
      "SERVICE_LOAD_FAILED",
      `${file}${stripPlace(error, text)}: SyntaxError: ${what}`,
    );
  }
}

/**
 * The stripper's stack starts with ":line" and a few source lines, one of carets under the place.
 */
function stripPlace(error: unknown, text: string): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [first = "", ...shown] = stack.split("\n", stripLinesMax);
  const line = /^:(\d+)$/.exec(first)?.[1];
  const carets = shown.find((each) => /^ *\^+$/.test(each));
  if (line === undefined || carets === undefined) return "";
  const source = text.split("\n")[Number(line) - 1] ?? "";
  return `:${line}:${columnUnder(carets.indexOf("^"), source)}`;
}

/**
 * Column of the author's line under a place of it as the stripper shows it, with tabs as blanks.
 */
function columnUnder(place: number, source: string): number {
  let column = 0;
  for (let shown = 0; shown < place && column < source.length; column++) {
    shown += source[column] === "\t" ? stripTabBlanks : 1;
  }
  return column + 1;
}
