// Print: values as lines of text, in the form of Skynet's debug console (reference §9.7).
// Shard 0. Used by text-session.ts.
// Invariant: what a service says can neither steer the operator's terminal nor end the answer it
// stands in.

import type { Answer, Failure } from "./answer.ts";
import { consoleLimits } from "./console-limits.ts";
import { jsonOf } from "./json.ts";
import { safeText, safeWord } from "./safe-text.ts";

export const greeting = "Welcome to isonet console";
export const endings = { ok: "<CMD OK>", error: "<CMD Error>" } as const;

/** Skynet prints an empty line where an error has no text. */
export const unknownCommand = ["Invalid command, type help for command list", ""];

export function answerLines({ result, text }: Answer): string[] {
  return bounded(valueLines(text === undefined ? result : text));
}

export function failureLines({ code, text }: Failure): string[] {
  return bounded(textLines(`${code}: ${text}`));
}

/** A table prints its entries, a text its lines, undefined nothing, anything else itself. */
function valueLines(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return value === "" ? [] : textLines(value);
  const entries = entriesOf(value);
  if (entries === undefined) return [cell(value)];
  return entries.map(([key, entry]) => `${safeWord(key)}\t${flat(entry)}`);
}

/** A nested table on one line: `k:v` joined by TAB. */
function flat(value: unknown): string {
  const entries = entriesOf(value);
  if (entries === undefined) return cell(value);
  return entries.map(([key, entry]) => `${safeWord(key)}:${cell(entry)}`).join("\t");
}

/**
 * The entries to print: an array's in its order, others sorted by key; undefined for what is no
 * table.
 */
function entriesOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (value instanceof Uint8Array || value instanceof Date) return undefined;
  if (Array.isArray(value)) return value.map((entry, index) => [String(index), entry]);
  if (value instanceof Set) return [...value].map((entry, index) => [String(index), entry]);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]): [string, unknown] => [cell(key), entry])
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

function cell(value: unknown): string {
  const text = typeof value === "string" ? value : bareText(value);
  const isLong = text.length > consoleLimits.cellCharsMax;
  return safeWord(isLong ? `${text.slice(0, consoleLimits.cellCharsMax)} …` : text);
}

function bareText(value: unknown): string {
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return jsonOf(value);
  return value instanceof Date ? dateText(value) : String(value);
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString();
}

function textLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map(safeLine);
}

/** A line that looks like the end of the answer is shifted. */
function safeLine(line: string): string {
  const safe = safeText(line);
  const isEnding = safe.trim() === endings.ok || safe.trim() === endings.error;
  return isEnding ? ` ${safe.trim()}` : safe;
}

function bounded(lines: string[]): string[] {
  let chars = 0;
  for (const [index, line] of lines.entries()) {
    chars += line.length + 1;
    if (chars <= consoleLimits.outputCharsMax) continue;
    const left = lines.length - index;
    return [
      ...lines.slice(0, index),
      `… ${left} lines cut: over ${consoleLimits.outputCharsMax} characters`,
    ];
  }
  return lines;
}
