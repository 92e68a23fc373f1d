// Wrap comments: breaks comment lines that are over 100 columns, which oxfmt leaves as they are.
// Run by `npm run fix` on every source file of git, and by hand on the files it is given.
// Invariant: only comments change; words keep their order.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const columnsMax = 100;

/**
 * The text with its long comment lines broken; a rest goes in front of the line it runs on into.
 */
export function wrapComments(text: string): string {
  const waiting = text.split("\n").toReversed();
  const done: string[] = [];
  for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
    const broken = line.length > columnsMax ? breakLine(line, waiting.at(-1)) : undefined;
    if (broken === undefined) {
      done.push(line);
      continue;
    }
    if (broken.takesNext) waiting.pop();
    waiting.push(...broken.lines.slice(1).toReversed());
    done.push(broken.lines[0] ?? "");
  }
  return done.join("\n");
}

type Broken = { readonly lines: readonly string[]; readonly takesNext?: boolean };

function breakLine(line: string, next: string | undefined): Broken | undefined {
  const [, blanks = "", oneLine] = /^(\s*)\/\*\* (.*) \*\/$/.exec(line) ?? [];
  if (oneLine !== undefined) {
    return { lines: [`${blanks}/**`, `${blanks} * ${oneLine}`, `${blanks} */`] };
  }
  const [, mark, words] = /^(\s*(?:\/\/|\*) )(\S.*)$/.exec(line) ?? [];
  if (mark !== undefined && words !== undefined) return breakWords(mark, words, next);
  const [, code, remark] = /^(.*\S) \/\/ ([^"'`]*)$/.exec(line) ?? [];
  if (code === undefined) return undefined;
  return { lines: [`${/^\s*/.exec(code)?.[0] ?? ""}// ${remark}`, code] };
}

function breakWords(mark: string, words: string, next: string | undefined): Broken | undefined {
  const end = words.lastIndexOf(" ", columnsMax - mark.length);
  if (end <= 0) return undefined;
  const [first, rest] = [mark + words.slice(0, end), words.slice(end + 1)];
  const runsOn = next?.startsWith(mark) === true && /^[a-z(`"]/.test(next.slice(mark.length));
  if (!runsOn) return { lines: [first, mark + rest] };
  return { lines: [first, `${mark}${rest} ${next.slice(mark.length)}`], takesNext: true };
}

if (import.meta.main) {
  const given = process.argv.slice(2);
  const listed = execFileSync("git", ["ls-files", "*.ts", "*.mjs"], { encoding: "utf8" });
  for (const file of given.length > 0 ? given : listed.trim().split("\n")) {
    const text = readFileSync(file, "utf8");
    const wrapped = wrapComments(text);
    if (wrapped !== text) writeFileSync(file, wrapped);
  }
}
