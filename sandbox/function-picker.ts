// Function picker: tells the functions of an author's module from all others of the isolate, for a
// hotfix that is to prove itself.
// Guest. Called by the engine's inspector session (src/engine/live-functions.ts), outside a turn.
// Invariant: it uses what the author cannot have changed, and runs none of the functions.

import {
  FunctionPrototypeToString,
  JSONParse,
  ObjectDefineProperty,
  SafeArray,
  StringPrototypeIndexOf,
} from "../wire/primordials.ts";

/**
 * The functions whose text stands in one of `texts`, JSON of an array; undefined: there are more
 * than `max` functions.
 */
export function pickFunctions(
  all: readonly unknown[],
  texts: string,
  max: number,
): unknown[] | undefined {
  if (all.length > max) return undefined;
  const known = JSONParse(texts) as readonly string[];
  const picked = new SafeArray<unknown>();
  let count = 0;
  for (let index = 0; index < all.length; index++) {
    const value = all[index];
    if (typeof value !== "function") continue;
    const text = FunctionPrototypeToString(value);
    for (let at = 0; at < known.length; at++) {
      if (StringPrototypeIndexOf(known[at] ?? "", text) < 0) continue;
      // an assignment would ask the prototype of arrays, which is the author's to change
      const descriptor = { __proto__: null, value, enumerable: true, configurable: true };
      ObjectDefineProperty(picked, count++, descriptor as PropertyDescriptor);
      break;
    }
  }
  return picked;
}
