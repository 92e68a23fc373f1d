// Bounds: how much one call of a built-in may take on in an untrusted service, and what it is told.
// Guest, untrusted isolates only. Used by the guards.
// Invariant: whatever is refused is refused with a RangeError before any work is done.

import { builtinLimits } from "../../wire/builtin-limits.ts";
import {
  ArrayIsArray,
  ObjectCreate,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  SafeProxy,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetName,
} from "../../wire/primordials.ts";

const SafeRangeError = RangeError;
const { get, has } = Reflect;

const bounds = {
  builtinTextMax: { max: builtinLimits.builtinTextMax, unit: "characters" },
  builtinSlowTextMax: { max: builtinLimits.builtinSlowTextMax, unit: "characters" },
  builtinItemsMax: { max: builtinLimits.builtinItemsMax, unit: "items" },
  builtinCodeMax: { max: builtinLimits.builtinCodeMax, unit: "characters of code" },
  builtinBigintBitsMax: { max: builtinLimits.builtinBigintBitsMax, unit: "bits" },
} as const;

export type Bound = keyof typeof bounds;

/** Fails with a RangeError when `actual` is over the bound. */
export function check(actual: number, bound: Bound, name: string): void {
  if (actual > bounds[bound].max) refuse(actual, bound, name);
}

export function refuse(actual: number, bound: Bound, name: string): never {
  const { max, unit } = bounds[bound];
  throw new SafeRangeError(
    `${name}: ${actual} ${unit}, and a built-in takes at most ${max} here (${bound})`,
  );
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * As ToString of the language does it, for what is no string yet: a guard must see the text that
 * the built-in will see.
 */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  // oxlint-disable-next-line typescript/no-unnecessary-template-expression -- that is ToString
  return `${value as string}`;
}

/** As ToNumber of the language does it: a bigint or a symbol fails. */
export function toNumber(value: unknown): number {
  return typeof value === "number" ? value : (value as number) - 0;
}

/** Traps that are functions of ours: V8 checks for an interrupt at each step. */
const steps = ObjectCreate(null) as ProxyHandler<object>;
steps.get = (target, key, receiver): unknown => get(target, key, receiver);
steps.has = (target, key): boolean => has(target, key);

/**
 * The list, when its length is a number that a built-in may go through; otherwise it fails. Where
 * the length is computed, and may be another one the next time, a stand-in whose every step can
 * be interrupted.
 */
export function boundedList<T>(list: T, name: string): T {
  if (ArrayIsArray(list) || typeof list === "string") {
    check(list.length, "builtinItemsMax", name);
    return list;
  }
  if (!isObject(list)) return list;
  if (TypedArrayPrototypeGetName(list) !== undefined) {
    check(TypedArrayPrototypeGetLength(list as unknown as Uint8Array), "builtinItemsMax", name);
    return list;
  }
  const own = ObjectGetOwnPropertyDescriptor(list, "length");
  if (own !== undefined && ObjectHasOwn(own, "value") && typeof own.value === "number") {
    check(own.value, "builtinItemsMax", name);
    return list;
  }
  return own !== undefined || "length" in list ? (new SafeProxy(list, steps) as T) : list;
}
