// Pack source: what is inside of objects that are not plain, and what to call those that cannot be
// sent. Host and guest, read by pack.ts.
// Invariant: items are copied out before any is packed: their getters may change the Map or Set.

import {
  DatePrototypeGetTime,
  MapIteratorPrototypeNext,
  MapPrototypeEntries,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  SetIteratorPrototypeNext,
  SetPrototypeValues,
} from "./primordials.ts";

/** Key, value, key, value …; undefined when `value` only has the prototype of a Map. */
export function entriesOf(value: object): unknown[] | undefined {
  try {
    const iterator = MapPrototypeEntries(value as Map<unknown, unknown>);
    const entries: unknown[] = [];
    let count = 0;
    for (let next = MapIteratorPrototypeNext(iterator); !next.done;) {
      entries[count++] = next.value[0];
      entries[count++] = next.value[1];
      next = MapIteratorPrototypeNext(iterator);
    }
    return entries;
  } catch {
    return undefined;
  }
}

/** The items of a Set; undefined when `value` only has the prototype of one. */
export function valuesOf(value: object): unknown[] | undefined {
  try {
    const iterator = SetPrototypeValues(value as Set<unknown>);
    const items: unknown[] = [];
    let count = 0;
    for (let next = SetIteratorPrototypeNext(iterator); !next.done;) {
      items[count++] = next.value;
      next = SetIteratorPrototypeNext(iterator);
    }
    return items;
  } catch {
    return undefined;
  }
}

/** Milliseconds of a Date; undefined when `value` only has the prototype of one. */
export function timeOf(value: object): number | undefined {
  try {
    return DatePrototypeGetTime(value);
  } catch {
    return undefined;
  }
}

const classNameUnitsMax = 64;

/**
 * "a function", "an object of class Foo": for the text of a refusal. Runs no getter but may meet a
 * Proxy.
 */
export function describeThing(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  try {
    const prototype = ObjectGetPrototypeOf(value) ?? value;
    const maker: unknown = ObjectGetOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name: unknown =
      typeof maker === "function" ? ObjectGetOwnPropertyDescriptor(maker, "name")?.value : "";
    if (typeof name === "string" && name !== "" && name.length <= classNameUnitsMax) {
      return `an object of class ${name}`;
    }
  } catch {
    // A Proxy whose handler throws has no name.
  }
  return "an object that is not plain";
}
