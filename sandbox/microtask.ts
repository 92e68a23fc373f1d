// Microtask: runs something after the author code that runs now, before the turn is over.
// Guest (and host services). Used by threads.ts, thread-stack.ts and forks.ts.
// Invariant: microtasks run in the order they were asked for, those of promises settled meanwhile
// between them.

import { ObjectDefineProperty, PromisePrototypeThen, SafePromise } from "../wire/primordials.ts";

export const resolved = asOurs(SafePromise.resolve());

/** `then` asks a promise for its constructor: the author's prototype must not be asked. */
export function asOurs<T>(promise: Promise<T>): Promise<T> {
  const descriptor = { __proto__: null, value: undefined } as PropertyDescriptor;
  return ObjectDefineProperty(promise, "constructor", descriptor);
}

/** `callback` must not throw: nobody would hear of it. */
export function soon(callback: () => void): void {
  void PromisePrototypeThen(resolved, callback);
}
