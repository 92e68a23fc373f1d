// Permits: what an untrusted service finds on its global object, what it does not, and which
// built-ins are guarded and how.
// Guest, untrusted isolates only. Read by harden.ts and by the tests; data, no behaviour.
// Invariant: a name that is in neither list is deleted, so that a newer V8 adds nothing unseen.

import type { ConstructorGuardName } from "./constructors.ts";
import type { GuardName } from "./guards.ts";

const values = "a value or a constructor of plain data: lives in the heap that the limit counts";
const errors = "an error";
const typed = "bytes: allocated through the isolate's own allocator, which the limit counts";
const numbers = "numbers and texts: computes, keeps nothing";
const control = "control flow of the language";

/** Names that survive, each with why it may. */
export const kept: Readonly<Record<string, string>> = {
  Object: values,
  Function: "compiles in this realm only, and texts up to a size: cannot reach the host",
  Array: values,
  Number: values,
  Boolean: values,
  String: values,
  Symbol: values,
  BigInt: "size-guarded; its operators cannot be",
  Date: "its clock is coarse",
  RegExp: "texts up to a size; V8 interrupts matching",
  Map: values,
  Set: values,
  WeakMap: values,
  WeakSet: values,
  Promise: control,
  Proxy: control,
  Reflect: control,
  Iterator: control,
  DisposableStack: control,
  AsyncDisposableStack: control,
  Error: "its stack shows functions of strict code by name alone",
  AggregateError: errors,
  EvalError: errors,
  RangeError: errors,
  ReferenceError: errors,
  SyntaxError: errors,
  TypeError: errors,
  URIError: errors,
  SuppressedError: errors,
  JSON: "size-guarded",
  Math: numbers,
  ArrayBuffer: "of fixed size: a resizable one is memory that no limit counts",
  DataView: typed,
  Uint8Array: typed,
  Int8Array: typed,
  Uint16Array: typed,
  Int16Array: typed,
  Uint32Array: typed,
  Int32Array: typed,
  BigUint64Array: typed,
  BigInt64Array: typed,
  Uint8ClampedArray: typed,
  Float16Array: typed,
  Float32Array: typed,
  Float64Array: typed,
  parseFloat: numbers,
  parseInt: numbers,
  isFinite: numbers,
  isNaN: numbers,
  decodeURI: "size-guarded",
  decodeURIComponent: "size-guarded",
  encodeURI: "size-guarded",
  encodeURIComponent: "size-guarded",
  escape: "size-guarded",
  unescape: "size-guarded",
  eval: "as Function; it sees globals alone, not the scope it is called in",
  Infinity: "cannot be deleted",
  NaN: "cannot be deleted",
  undefined: "cannot be deleted",
  globalThis: "the global object itself",
  console: "the runtime's own: log lines, limited by the host",
};

/** Names that are deleted, each with why it must be; whatever is unknown is deleted as well. */
export const removed: Readonly<Record<string, string>> = {
  WebAssembly: "its memory is outside the heap limit, its code is not interrupted everywhere",
  SharedArrayBuffer: "memory outside the limit, and with Atomics a fine clock",
  Atomics: "wait() blocks the thread of every service in the cell",
  Intl: "objects that keep native memory of ICU outside the heap, and much code nobody needs",
  FinalizationRegistry:
    "its callbacks are tasks of their own: they run outside a turn and its slice",
  WeakRef: "shows when V8 collects: nothing a service should depend on",
};

/** Properties that are deleted: "holder key". */
export const removedProperties: readonly string[] = [
  "ArrayBuffer.prototype resize",
  "ArrayBuffer.prototype resizable",
  "ArrayBuffer.prototype maxByteLength",
];

/** A guard, an object by its path from the global object, and the names of its functions. */
type Wraps = readonly [guard: GuardName, holder: string, names: string];

/**
 * Every built-in whose work grows with its input. Each becomes a function of ours that V8 checks
 * for an interrupt as it is entered, which a built-in is not; "enter" does nothing else.
 * Not here, though they can take long: RegExp and Array themselves and RegExp.prototype.exec, since
 * V8 gives up its fast paths for all patterns and arrays when one of them is replaced (a replace of
 * 100 characters takes 20 times as long); the iterators of arrays, for spread and for-of.
 */
export const wraps: readonly Wraps[] = [
  [
    "items",
    "Array.prototype",
    "copyWithin every fill filter find findIndex findLast findLastIndex flat flatMap forEach " +
      "includes indexOf lastIndexOf map reduce reduceRight reverse shift slice some sort splice " +
      "toLocaleString toReversed toSorted toSpliced unshift with",
  ],
  ["concat", "Array.prototype", "concat"],
  ["join", "Array.prototype", "join"],
  ["from", "Array", "from"],
  [
    "enter",
    "%TypedArray%.prototype",
    "copyWithin every fill filter find findIndex findLast findLastIndex forEach includes indexOf " +
      "lastIndexOf map reduce reduceRight reverse set slice some toReversed with",
  ],
  ["bytes", "%TypedArray%.prototype", "join sort toLocaleString toSorted"],
  ["from", "%TypedArray%", "from"],
  [
    "text",
    "String.prototype",
    "includes indexOf isWellFormed toLowerCase toUpperCase toWellFormed trim trimEnd trimLeft " +
      "trimRight trimStart",
  ],
  [
    "slowText",
    "String.prototype",
    "anchor big blink bold fixed fontcolor fontsize italics link localeCompare normalize small " +
      "strike sub sup toLocaleLowerCase toLocaleUpperCase",
  ],
  ["backwards", "String.prototype", "lastIndexOf"],
  ["repeat", "String.prototype", "repeat"],
  ["pad", "String.prototype", "padEnd padStart"],
  ["byText", "String.prototype", "match matchAll search split"],
  ["replace", "String.prototype", "replace"],
  ["replaceAll", "String.prototype", "replaceAll"],
  ["raw", "String", "raw"],
  ["enter", "String", "fromCharCode fromCodePoint"],
  ["match", "RegExp.prototype", "@@match @@matchAll @@search @@split test"],
  ["substitute", "RegExp.prototype", "@@replace"],
  ["itemsArgument", "JSON", "parse rawJSON"],
  ["keys", "JSON", "stringify"],
  [
    "keys",
    "Object",
    "assign defineProperties entries freeze fromEntries getOwnPropertyDescriptors " +
      "getOwnPropertyNames groupBy isFrozen isSealed keys seal values",
  ],
  ["keys", "Reflect", "ownKeys"],
  ["arguments1", "Reflect", "construct"],
  ["arguments2", "Reflect", "apply"],
  ["arguments1", "Function.prototype", "apply"],
  ["keys", "Map", "groupBy"],
  ["enter", "Map.prototype", "clear forEach"],
  [
    "enter",
    "Set.prototype",
    "clear difference forEach intersection isDisjointFrom isSubsetOf isSupersetOf " +
      "symmetricDifference union",
  ],
  ["enter", "ArrayBuffer.prototype", "slice transfer transferToFixedLength"],
  ["bigText", "BigInt.prototype", "toLocaleString toString"],
  ["bigWidth", "BigInt", "asIntN asUintN"],
  ["enter", "Number.prototype", "toLocaleString"],
  ["enter", "Date.prototype", "toLocaleDateString toLocaleString toLocaleTimeString"],
  ["coarse", "Date", "now"],
  ["textArgument", "Date", "parse"],
  ["textArgument", "Symbol", "for"],
  [
    "slowTextArgument",
    "globalThis",
    "decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape",
  ],
];

/** Constructors with a guard; those of async functions and generators have Function's. */
export const constructors: readonly (readonly [guard: ConstructorGuardName, name: string])[] = [
  ["clock", "Date"],
  ["code", "Function"],
  ["fixedSize", "ArrayBuffer"],
  ["digits", "BigInt"],
];
