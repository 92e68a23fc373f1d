// Primordials: the built-ins the guest runtime uses, captured before any author code runs.
// Guest (and host services). Imported by every file of sandbox/ that calls a method of a built-in.
// Invariant: nothing here is looked up on a prototype that author code can change.

export const { apply, ownKeys } = Reflect;
export const { freeze, defineProperty, create: createObject } = Object;
export const { isArray } = Array;
export const { floor, max, min, ceil } = Math;
export const { stringify } = JSON;
export const PromiseCaptured = Promise;
export const ErrorCaptured = Error;
export const StringCaptured = String;
export const ProxyCaptured = Proxy;
export const Bytes = Uint8Array;

const { bind, call } = Function.prototype;

/** `uncurryThis(method)(receiver, ...args)` calls the method without a look-up. */
export const uncurryThis = bind.bind(call) as <T, A extends readonly unknown[], R>(
  method: (this: T, ...args: A) => R,
) => (receiver: T, ...args: A) => R;

export const promiseThen = uncurryThis(Promise.prototype.then) as <T, U>(
  promise: Promise<T>,
  onFulfilled: (value: T) => U,
  onRejected?: (error: unknown) => U,
) => Promise<U>;

export const startsWith = uncurryThis(String.prototype.startsWith) as (
  text: string,
  start: string,
) => boolean;
export const slice = uncurryThis(String.prototype.slice) as (text: string, from: number) => string;
export const copyBytes = uncurryThis(Uint8Array.prototype.slice) as (
  bytes: Uint8Array,
  from: number,
  to: number,
) => Uint8Array;
export const setBytes = uncurryThis(Uint8Array.prototype.set) as (
  into: Uint8Array,
  from: Uint8Array,
  at: number,
) => void;

/**
 * Copies the methods of `base` on to `safe` and cuts it off: its instances look nothing up
 * elsewhere.
 */
function cutOff(safe: { prototype: object }, base: { prototype: object }): void {
  for (const key of ownKeys(base.prototype)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(base.prototype, key);
    if (descriptor !== undefined && key !== "constructor") {
      defineProperty(safe.prototype, key, descriptor);
    }
  }
  Object.setPrototypeOf(safe.prototype, null);
  freeze(safe.prototype);
}

/** A Map whose methods author code cannot replace. Iterate with forEach. */
export class SafeMap<K, V> extends Map<K, V> {}
cutOff(SafeMap, Map);

/** A Set whose methods author code cannot replace. Iterate with forEach. */
export class SafeSet<T> extends Set<T> {}
cutOff(SafeSet, Set);

/** Array.prototype.push without a look-up. */
export function append<T>(list: T[], item: T): void {
  list[list.length] = item;
}
