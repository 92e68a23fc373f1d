// Wrapper: a function of ours in the place of a built-in, with the built-in's name, length and
// attributes.
// Guest, untrusted isolates only. Used by harden.ts, before any author code.
// Invariant: a built-in that has two names (trimLeft and trimStart) has one wrapper.

import type { Constructor, ConstructorGuard } from "./constructors.ts";
import type { Builtin, Guard } from "./guard.ts";

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } =
  Reflect;

const wrappers = new Map<Builtin, Builtin>();

/** Puts a guarded function into the property; one that this V8 does not have is left out. */
export function wrapMethod(holder: object, key: PropertyKey, guard: Guard): void {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  if (descriptor === undefined) return;
  const builtin = descriptor.value as Builtin;
  const wrapper = wrappers.get(builtin) ?? makeMethod(builtin, guard);
  wrappers.set(builtin, wrapper);
  descriptor.value = wrapper;
  defineProperty(holder, key, descriptor);
}

/**
 * A method of a literal is no constructor and has no `prototype`, as a built-in, which has a length
 * and a name and no more.
 */
function makeMethod(builtin: Builtin, guard: Guard): Builtin {
  const { length, name } = builtin;
  const guarded = guard(builtin, name);
  // oxlint-disable-next-line typescript/unbound-method -- its `this` is passed on
  const { method } = {
    method(this: unknown, ...args: unknown[]): unknown {
      return guarded(this, args);
    },
  };
  defineProperty(method, "length", { value: length });
  defineProperty(method, "name", { value: name });
  return method;
}

/** Puts a guarded constructor in the place of `original`, as the constructor of its prototype. */
export function wrapConstructor(original: Constructor, guard: ConstructorGuard): Constructor {
  const guarded = guard(original);
  const replaced = function replaced(...args: unknown[]): unknown {
    return new.target === undefined ? guarded.call(args) : guarded.construct(args, new.target);
  } as unknown as Constructor;
  copyProperties(original, replaced);
  setPrototypeOf(replaced, getPrototypeOf(original));
  const { prototype } = original;
  const descriptor = getOwnPropertyDescriptor(prototype, "constructor");
  defineProperty(prototype, "constructor", { ...descriptor, value: replaced });
  return replaced;
}

function copyProperties(from: object, to: object): void {
  for (const key of ownKeys(from)) {
    const descriptor = getOwnPropertyDescriptor(from, key) as PropertyDescriptor;
    if (!defineProperty(to, key, descriptor)) throw new Error(`${String(key)} cannot be copied`);
  }
}
