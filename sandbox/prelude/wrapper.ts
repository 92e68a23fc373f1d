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
 * A method of a literal is no constructor and has no `prototype`, as a built-in. Its name is that
 * of its key: each property that is defined apart costs an isolate's start a microsecond.
 */
function makeMethod(builtin: Builtin, guard: Guard): Builtin {
  const { length, name } = builtin;
  const guarded = guard(builtin, name);
  const method = {
    [name](this: unknown, ...args: unknown[]): unknown {
      return guarded(this, args);
    },
  }[name] as Builtin;
  if (length !== 0) defineProperty(method, "length", { value: length });
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
