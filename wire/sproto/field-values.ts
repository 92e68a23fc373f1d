// Field values: what a caller gave for a field, checked and in the form that is written.
// Pure: host, clients, guests. Used by encoder.ts.
// Invariant: what is returned is not looked at again in the caller's objects, which may change.

import type { Shape } from "./schema.ts";
import { describe, unusable } from "./sproto-refusal.ts";

const allowed = {
  one: "one value",
  list: "an array",
  keyed: "a Map, an array or an object",
  map: "a Map or an object",
} as const;

/** The value of an own property; undefined when there is none, or null. */
export function ownValue(of: object, name: string): unknown {
  if (!Object.hasOwn(of, name)) return undefined;
  return (of as Record<string, unknown>)[name] ?? undefined;
}

/** A number when 32 bits hold it, else a bigint. `index` is the item's in an array. */
export function integerFor(
  scale: number | undefined,
  place: string,
  value: unknown,
  index?: number,
): number | bigint {
  const whole = scale === undefined ? value : scaled(scale, doubleFor(place, value, index));
  if (typeof whole === "number" && (whole | 0) === whole) return whole;
  const isWhole = typeof whole === "bigint" || Number.isInteger(whole);
  if (!isWhole) throw wrong(place, index, "an integer", whole);
  const wide = BigInt(whole as number | bigint);
  if (BigInt.asIntN(64, wide) !== wide) throw wrong(place, index, "of 64 bits at most", whole);
  return BigInt.asIntN(32, wide) === wide ? Number(wide) : wide;
}

/** Rounded to the decimals, halves away from zero. */
function scaled(scale: number, value: number): number {
  const rounded = Math.round(Math.abs(value * scale));
  return value < 0 ? -rounded : rounded;
}

export function doubleFor(place: string, value: unknown, index?: number): number {
  if (typeof value === "number") return value;
  throw wrong(place, index, "a number", value);
}

export function booleanFor(place: string, value: unknown, index?: number): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(place, index, "a boolean", value);
}

/** For texts and for bytes: the one is as good as the other. */
export function contentFor(place: string, value: unknown, index?: number): Uint8Array | string {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  throw wrong(place, index, "a string or a Uint8Array", value);
}

function wrong(place: string, index: number | undefined, must: string, value: unknown): Error {
  const item = index === undefined ? place : `${place}[${index}]`;
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return unusable(`${item} must be ${must}, not ${isNumber ? String(value) : describe(value)}`);
}

/** What an array holds, in order; the entries of a map as structs. */
export function itemsFor(shape: Shape, place: string, value: unknown): readonly unknown[] {
  const isObject = typeof value === "object" && value !== null;
  if (Array.isArray(value)) {
    if (shape.kind !== "map") return Array.from<unknown>(value);
  } else if (isObject && shape.kind === "keyed") {
    return value instanceof Map ? [...value.values()] : Object.values(value);
  } else if (isObject && shape.kind === "map") {
    const entries: Iterable<readonly unknown[]> =
      value instanceof Map ? value : Object.entries(value);
    return Array.from(entries, ([key, item], index) => {
      if (key !== undefined && item !== undefined && item !== null) {
        return { [shape.key]: key, [shape.value]: item };
      }
      throw unusable(`${place}: entry ${index} has no key or no value`);
    });
  }
  throw wrong(place, undefined, allowed[shape.kind], value);
}
