// Text guards: built-ins that read or make strings, and the texts of bigints.
// Guest, untrusted isolates only. Named in guards.ts.
// Invariant: no built-in reads or makes a string longer than its bound.

import { builtinLimits } from "../../wire/builtin-limits.ts";
import { ReflectApply, SafeBigInt } from "../../wire/primordials.ts";
import { check, isObject, refuse, toNumber, toText, type Bound } from "./bounds.ts";
import type { Guard } from "./guard.ts";

/** A method that takes `this` as text: what `guarded` does with it, unless it is no text at all. */
function textMethod(
  guarded: (text: string, args: unknown[], name: string) => void,
  applies: (args: unknown[]) => boolean = () => true,
): Guard {
  return (builtin, name) => (self, args) => {
    if (self === undefined || self === null || !applies(args)) {
      return ReflectApply(builtin, self, args);
    }
    const text = toText(self);
    guarded(text, args, name);
    return ReflectApply(builtin, text, args);
  };
}

/** `this` as text, and the strings among the arguments. */
export function ownText(bound: Bound): Guard {
  return textMethod((text, args, name) => {
    check(text.length, bound, name);
    for (let index = 0; index < args.length; index++) {
      const value = args[index];
      if (typeof value === "string") check(value.length, bound, name);
    }
  });
}

/** The first argument as text. */
export function argumentText(bound: Bound): Guard {
  return (builtin, name) => (self, args) => {
    if (args.length > 0) {
      const text = toText(args[0]);
      check(text.length, bound, name);
      args[0] = text;
    }
    return ReflectApply(builtin, self, args);
  };
}

const stepsMax = 2 ** 27; // lastIndexOf compares anew at each place: 0.1 s

export const backwards = textMethod((text, args, name) => {
  const sought = toText(args[0]);
  args[0] = sought;
  check(text.length, "builtinTextMax", name);
  const steps = text.length * sought.length;
  if (sought.length < text.length && steps > stepsMax) refuse(steps, "builtinTextMax", name);
});

export const repeat = textMethod((text, args, name) => {
  const count = toNumber(args[0]);
  args[0] = count;
  // an infinite count is the built-in's to refuse
  if (count !== Infinity) check(text.length * count, "builtinTextMax", name);
});

export const pad = textMethod((_text, args, name) => {
  const length = toNumber(args[0]);
  args[0] = length;
  check(length, "builtinTextMax", name);
});

/** match, search, split with a text: a pattern's own method is guarded itself. */
export const byText = textMethod(
  (text, _args, name) => check(text.length, "builtinItemsMax", name),
  (args) => !isObject(args[0]),
);

const bigMax = 1n << SafeBigInt(builtinLimits.builtinBigintBitsMax);
// oxlint-disable-next-line typescript/unbound-method -- called with ReflectApply alone
const bigValueOf = BigInt.prototype.valueOf;

export const bigText: Guard = (builtin, name) => (self, args) => {
  // Fails as the built-in does when `this` is no bigint. V8 compares the lengths first.
  const value = ReflectApply(bigValueOf, self, []);
  if (value >= bigMax || value <= -bigMax) refuse(Infinity, "builtinBigintBitsMax", name);
  return ReflectApply(builtin, value, args);
};

/** asIntN and asUintN: a wide result comes of a negative value alone. */
export const bigWidth: Guard = (builtin, name) => (self, args) => {
  const width = toNumber(args[0]);
  const value = args[1];
  if (width > builtinLimits.builtinBigintBitsMax && !(typeof value === "bigint" && value >= 0n)) {
    refuse(width, "builtinBigintBitsMax", name);
  }
  args[0] = width;
  return ReflectApply(builtin, self, args);
};
