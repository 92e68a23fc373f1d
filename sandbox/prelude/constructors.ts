// Constructors: those of an untrusted service that look at their arguments first.
// Guest, untrusted isolates only. Named by permits.ts, put in place by harden.ts.
// Invariant: `instanceof`, `constructor`, statics and subclasses behave as with the original, which
// no path leads to any more.

import { ReflectApply } from "../../wire/primordials.ts";
import { check, toText } from "./bounds.ts";
import { coarseNow } from "./coarse-clock.ts";
import type { Builtin } from "./guard.ts";

const { construct } = Reflect;

export type Constructor = Builtin & { readonly prototype: object };

/** What takes a constructor's place does when it is called, and when it constructs. */
export type ConstructorGuard = (original: Constructor) => {
  readonly call: (args: unknown[]) => unknown;
  readonly construct: (args: unknown[], target: Constructor) => object;
};

/** `new Date()` reads the coarse clock. */
const clock: ConstructorGuard = (original) => ({
  call: () => ReflectApply(original, undefined, []),
  construct: (args, target) =>
    construct(original, args.length === 0 ? [coarseNow()] : args, target),
});

/** Function and its kin: code up to a size. */
const code: ConstructorGuard = (original) => {
  const make = (args: unknown[], target = original): object => {
    let total = 0;
    for (let index = 0; index < args.length; index++) {
      const text = toText(args[index]);
      args[index] = text;
      total += text.length;
    }
    check(total, "builtinCodeMax", original.name);
    return construct(original, args, target);
  };
  return { call: make, construct: make };
};

/** Without the options: a buffer that can grow is memory that no limit counts. */
const fixedSize: ConstructorGuard = (original) => ({
  call: () => ReflectApply(original, undefined, []),
  construct: (args, target) => construct(original, [args[0]], target),
});

const bitsPerDigit = 4; // of the widest digit a text can have

const digits: ConstructorGuard = (original) => ({
  call: (args) => {
    const value = args[0];
    if (typeof value === "string") {
      const bits = value.length * bitsPerDigit;
      check(bits, "builtinBigintBitsMax", "BigInt");
    }
    return ReflectApply(original, undefined, args);
  },
  construct: (args, target) => construct(original, args, target),
});

export const constructorGuards = {
  clock,
  code,
  fixedSize,
  digits,
} satisfies Readonly<Record<string, ConstructorGuard>>;

export type ConstructorGuardName = keyof typeof constructorGuards;
