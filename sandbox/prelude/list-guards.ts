// List guards: built-ins that go through arrays, typed arrays and what looks like them.
// Guest, untrusted isolates only. Named in guards.ts.
// Invariant: no built-in goes through more elements than `builtinItemsMax` without a function of
// ours in between.

import { builtinLimits } from "../../wire/builtin-limits.ts";
import {
  ArrayIsArray,
  MathFloor,
  MathMin,
  ReflectApply,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetName,
} from "../../wire/primordials.ts";
import { boundedList, check, isObject, toNumber, toText } from "./bounds.ts";
import type { Guard } from "./guard.ts";

const { isConcatSpreadable, iterator } = Symbol;

/** Only the check for interrupts that V8 makes as a function is entered. */
export const enter: Guard = (builtin) => (self, args) => ReflectApply(builtin, self, args);

/** `this` is a list. */
export const items: Guard = (builtin, name) => (self, args) => {
  // hot: bench/micro/sandbox/prelude
  if (ArrayIsArray(self) && self.length <= builtinLimits.builtinItemsMax) {
    return ReflectApply(builtin, self, args);
  }
  const list = boundedList(self, name);
  const result: unknown = ReflectApply(builtin, list, args);
  return result === list ? self : result; // fill, sort and reverse return their `this`
};

/** `this` is a typed array, and each of its elements costs more than a few nanoseconds. */
export const bytes: Guard = (builtin, name) => (self, args) => {
  if (TypedArrayPrototypeGetName(self) !== undefined) {
    check(TypedArrayPrototypeGetLength(self as Uint8Array), "builtinItemsMax", name);
  }
  return ReflectApply(builtin, self, args);
};

export const concat: Guard = (builtin, name) => (self, args) => {
  let total = ArrayIsArray(self) ? self.length : 0;
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    if (ArrayIsArray(value)) total += value.length;
    else if (isObject(value) && isConcatSpreadable in value) args[index] = boundedList(value, name);
  }
  check(total, "builtinItemsMax", name);
  return ReflectApply(builtin, boundedList(self, name), args);
};

/** The texts of an array count; what other elements become is checked where it is made. */
export const join: Guard = (builtin, name) => (self, args) => {
  const list = boundedList(self, name);
  if (!ArrayIsArray(list)) return ReflectApply(builtin, list, args);
  const separator = args[0] === undefined ? "," : toText(args[0]);
  args[0] = separator;
  let total = separator.length * list.length;
  for (let index = 0; index < list.length; index++) {
    const value: unknown = list[index];
    if (typeof value === "string") total += value.length;
  }
  check(total, "builtinTextMax", name);
  return ReflectApply(builtin, list, args);
};

/** An iterable is gone through by its iterator; what has none is a list. */
export const from: Guard = (builtin, name) => (self, args) => {
  const source = args[0] as { readonly [iterator]?: unknown };
  const isList = isObject(source) && (source[iterator] ?? undefined) === undefined;
  if (isList || typeof source === "string") args[0] = boundedList<unknown>(source, name);
  return ReflectApply(builtin, self, args);
};

/** String.raw, in a loop of our own. */
export const raw: Guard = (builtin, name) => (self, args) => {
  const template = args[0] as { readonly raw?: unknown } | null | undefined;
  const texts = (template ?? undefined)?.raw as ArrayLike<unknown> | null | undefined;
  if (texts === undefined || texts === null) return ReflectApply(builtin, self, args);
  const length = toNumber(texts.length);
  const count = length > 0 ? MathFloor(MathMin(length, builtinLimits.builtinItemsMax + 1)) : 0;
  check(count, "builtinItemsMax", name);
  let text = "";
  for (let index = 0; index < count; index++) {
    text += toText(texts[index]);
    if (index + 1 < count && index + 1 < args.length) text += toText(args[index + 1]);
    check(text.length, "builtinTextMax", name);
  }
  return text;
};

/** Strings and typed arrays have a property for each element, which the built-in would list. */
export const keys: Guard = (builtin, name) => (self, args) => {
  for (let index = 0; index < args.length; index++) {
    const value = args[index];
    if (typeof value === "string" || ArrayIsArray(value)) {
      check(value.length, "builtinItemsMax", name);
    } else if (isObject(value) && TypedArrayPrototypeGetName(value) !== undefined) {
      check(TypedArrayPrototypeGetLength(value as Uint8Array), "builtinItemsMax", name);
    }
  }
  return ReflectApply(builtin, self, args);
};

/** The argument at `position` is the list of arguments for a call. */
export function argumentList(position: number): Guard {
  return (builtin, name) => (self, args) => {
    if (args.length > position) args[position] = boundedList(args[position], name);
    return ReflectApply(builtin, self, args);
  };
}
