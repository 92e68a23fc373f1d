// Harden: the entry of the prelude's bundle. Turns a fresh realm into the one that an untrusted
// service sees.
// Guest, untrusted isolates only. Called by engine/isolate.ts: behind the runtime's boot, which
// has taken its built-ins before, and ahead of any author code.
// Invariant: what permits.ts does not name is gone.

import { check } from "./bounds.ts";
import { constructorGuards, type Constructor } from "./constructors.ts";
import type { Builtin } from "./guard.ts";
import { guards } from "./guards.ts";
import { constructors, kept, removedProperties, wraps } from "./permits.ts";
import { wrapConstructor, wrapMethod } from "./wrapper.ts";

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { ownKeys, setPrototypeOf } = Reflect;

const world = globalThis as unknown as Record<string, unknown>;

export function harden(): void {
  for (const [guard, holder, names] of wraps) {
    for (const name of names.split(" ")) wrapMethod(objectAt(holder), keyOf(name), guards[guard]);
  }
  for (const [guard, name] of constructors) {
    setGlobal(name, wrapConstructor(world[name] as Constructor, constructorGuards[guard]));
  }
  wrapFunctionKin();
  wrapEval();
  for (const property of removedProperties) {
    const [holder = "", name = ""] = property.split(" ");
    deleteProperty(objectAt(holder), name);
  }
  for (const key of ownKeys(world)) {
    if (typeof key === "symbol" || !Object.hasOwn(kept, key)) deleteProperty(world, key);
  }
}

/** The object at a path from the global object. */
function objectAt(path: string): object {
  if (path === "globalThis") return world;
  let value: unknown = world;
  for (const name of path.split(".")) {
    value = name === "%TypedArray%" ? getPrototypeOf(Uint8Array) : (value as typeof world)[name];
  }
  return value as object;
}

/** "@@match" is Symbol.match. */
function keyOf(name: string): PropertyKey {
  return name.startsWith("@@")
    ? ((Symbol as unknown as Record<string, symbol>)[name.slice(2)] ?? name)
    : name;
}

function setGlobal(name: string, value: unknown): void {
  defineProperty(world, name, { ...getOwnPropertyDescriptor(world, name), value });
}

/** Constructors without a global name, which inherit from Function. */
function wrapFunctionKin(): void {
  const samples: readonly object[] = [async () => {}, function* () {}, async function* () {}];
  for (const sample of samples) {
    const { constructor } = sample;
    const replaced = wrapConstructor(constructor as unknown as Constructor, constructorGuards.code);
    setPrototypeOf(replaced, world["Function"] as object);
  }
}

/**
 * Code as a text is evaluated in the global scope, also where the call looks direct: only the
 * engine's own eval sees the scope of its caller.
 */
function wrapEval(): void {
  const evaluate = world["eval"] as Builtin;
  wrapMethod(world, "eval", () => (_self, args) => {
    const code = args[0];
    if (typeof code === "string") check(code.length, "builtinCodeMax", "eval");
    return evaluate(code);
  });
}
