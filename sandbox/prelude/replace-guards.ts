// Replace guards: built-ins that match patterns, and those whose result may be many times as long
// as the text they start from.
// Guest, untrusted isolates only. Named in guards.ts.
// Invariant: the pieces that are put in are counted before V8 puts them together, unless the text
// and the template are so short that no outcome can be too long.

import { builtinLimits } from "../../wire/builtin-limits.ts";
import {
  ReflectApply,
  StringPrototypeCharCodeAt as charCodeAt,
  StringPrototypeIndexOf as indexOf,
  StringPrototypeSlice as slice,
} from "../../wire/primordials.ts";
import { check, isObject, toText } from "./bounds.ts";
import type { Builtin, Guard } from "./guard.ts";

/** RegExp.prototype's methods on a text: the text is the first argument. */
export const match: Guard = (builtin, name) => (self, args) => {
  if (isObject(self)) {
    const text = toText(args[0]);
    check(text.length, "builtinItemsMax", name);
    args[0] = text;
  }
  return ReflectApply(builtin, self, args);
};

/** RegExp.prototype[Symbol.replace]. */
export const substitute: Guard = (builtin, name) => (self, args) => {
  if (!isObject(self)) return ReflectApply(builtin, self, args);
  const text = toText(args[0]);
  check(text.length, "builtinItemsMax", name);
  args[0] = text;
  args[1] = countedPieces(args[1], { text, matches: text.length + 1, name });
  return ReflectApply(builtin, self, args);
};

/** String.prototype.replace and replaceAll by a text: a pattern's own method is guarded itself. */
export function replaceText(matchesIn: (length: number, sought: number) => number): Guard {
  return (builtin, name) => (self, args) => {
    if (self === undefined || self === null || isObject(args[0])) {
      return ReflectApply(builtin, self, args);
    }
    const text = toText(self);
    check(text.length, "builtinItemsMax", name);
    const sought = toText(args[0]);
    args[0] = sought;
    const matches = matchesIn(text.length, sought.length);
    args[1] = countedPieces(args[1], { text, matches, name });
    return ReflectApply(builtin, text, args);
  };
}

type Job = {
  readonly text: string;
  /** How often the pattern can match at most. */
  readonly matches: number;
  readonly name: string;
};

/** The replacement itself when it cannot grow too long, or a function that counts as it is used. */
function countedPieces(replacement: unknown, { text, matches, name }: Job): unknown {
  let total = text.length;
  const count = (piece: string): string => {
    total += piece.length;
    check(total, "builtinTextMax", name);
    return piece;
  };
  if (typeof replacement === "function") {
    return (...parts: unknown[]) =>
      count(toText(ReflectApply(replacement as Builtin, undefined, parts)));
  }
  const template = toText(replacement);
  const hasParts = indexOf(template, "$") >= 0;
  const pieceMax = hasParts ? template.length * (text.length + 1) : template.length;
  if (matches * pieceMax + text.length <= builtinLimits.builtinTextMax) return template;
  if (!hasParts) return () => count(template);
  return (...parts: unknown[]) => count(expand(template, parts, name));
}

/**
 * GetSubstitution of the language. `parts` is what a replacing function is given: the match, its
 * captures, its place, the text, and the named captures if the pattern has any.
 */
function expand(template: string, parts: unknown[], name: string): string {
  const last = parts.length - 1;
  const groups = isObject(parts[last]) ? parts[last] : undefined;
  const textAt = groups === undefined ? last : last - 1;
  const found: Found = {
    matched: parts[0] as string,
    position: parts[textAt - 1] as number,
    text: parts[textAt] as string,
    captures: parts,
    captureCount: textAt - 2,
    groups: groups as Record<string, unknown> | undefined,
  };
  let result = "";
  let at = 0;
  for (;;) {
    const next = indexOf(template, "$", at);
    if (next < 0 || next + 1 >= template.length) return result + slice(template, at);
    const { piece, end } = pieceAt(template, next, found);
    result += slice(template, at, next) + piece;
    check(result.length, "builtinTextMax", name);
    at = end;
  }
}

type Found = {
  readonly matched: string;
  readonly position: number;
  readonly text: string;
  readonly captures: readonly unknown[];
  readonly captureCount: number;
  readonly groups: Readonly<Record<string, unknown>> | undefined;
};

/** What a "$" stands for, and where the template goes on behind it. */
type Piece = { readonly piece: string; readonly end: number };

function pieceAt(template: string, at: number, found: Found): Piece {
  const { text, matched, position } = found;
  const unit = template[at + 1];
  if (unit === "$") return { piece: "$", end: at + 2 };
  if (unit === "&") return { piece: matched, end: at + 2 };
  if (unit === "`") return { piece: slice(text, 0, position), end: at + 2 };
  if (unit === "'") return { piece: slice(text, position + matched.length), end: at + 2 };
  if (unit === "<" && found.groups !== undefined) {
    const close = indexOf(template, ">", at);
    if (close < 0) return { piece: "$", end: at + 1 };
    return { piece: captured(found.groups[slice(template, at + 2, close)]), end: close + 1 };
  }
  const one = digitAt(template, at + 1);
  if (one < 0) return { piece: "$", end: at + 1 };
  const two = digitAt(template, at + 2);
  const both = one * 10 + two;
  if (two >= 0 && both >= 1 && both <= found.captureCount) {
    return { piece: captured(found.captures[both]), end: at + 3 };
  }
  if (one >= 1 && one <= found.captureCount)
    return { piece: captured(found.captures[one]), end: at + 2 };
  return { piece: "$", end: at + 1 };
}

function captured(value: unknown): string {
  return value === undefined ? "" : toText(value);
}

function digitAt(text: string, at: number): number {
  if (at >= text.length) return -1;
  const digit = charCodeAt(text, at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
