// Containers: Maps, Sets and lists of the runtime's own, whose methods no author can replace.
// Guest (and host services). Used by every file of sandbox/ that keeps something.
// Invariant: nothing is looked up on a prototype that author code can reach; iterate with forEach,
// never with for-of.

import {
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
} from "../wire/primordials.ts";

/**
 * Copies the methods of `base` to `own` and cuts it off: its instances look nothing up elsewhere.
 */
function cutOff(own: { prototype: object }, base: { prototype: object }): void {
  for (const key of ReflectOwnKeys(base.prototype)) {
    const descriptor = ObjectGetOwnPropertyDescriptor(base.prototype, key);
    if (descriptor !== undefined && key !== "constructor") {
      ObjectDefineProperty(own.prototype, key, descriptor);
    }
  }
  Object.setPrototypeOf(own.prototype, null);
  ObjectFreeze(own.prototype);
}

export class OwnMap<K, V> extends Map<K, V> {}
cutOff(OwnMap, Map);

export class OwnSet<T> extends Set<T> {}
cutOff(OwnSet, Set);

/** Array.prototype.push without a look-up. */
export function append<T>(list: T[], item: T): void {
  list[list.length] = item;
}
