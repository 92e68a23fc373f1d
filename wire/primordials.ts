// Primordials: built-ins, captured before author code runs, for what runs in host and guest.
// Author code may replace any method, accessor or iterator of any prototype; these stay the same.
// Safe without capture: operators, literals, own properties, indexes in range, `length` of strings
// and arrays. A captured method takes its `this` first.
// Invariant: nothing here is looked up again after this module has loaded.

/* oxlint-disable typescript/unbound-method -- methods are taken off prototypes here alone */

type Method<This, Arguments extends unknown[], Result> = (
  this: This,
  ...values: Arguments
) => Result;

type Uncurry = <This, Arguments extends unknown[], Result>(
  method: Method<This, Arguments, Result>,
) => (self: This, ...values: Arguments) => Result;

const { bind, call } = Function.prototype;

/**
 * The method as a function of its `this`: a call of it looks nothing up. V8 inlines it like the
 * method.
 */
export const uncurryThis = bind.bind(call) as Uncurry;

type Getter = Method<unknown, [], unknown>;

function getterOf(prototype: object, key: PropertyKey): Getter {
  const getter = Reflect.getOwnPropertyDescriptor(prototype, key)?.get;
  if (getter === undefined) throw new Error(`${String(key)} is not an accessor`);
  return getter;
}

export const ReflectApply = Reflect.apply;

export const ObjectDefineProperty = Object.defineProperty;
export const ObjectGetOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const ObjectGetPrototypeOf = Object.getPrototypeOf as (value: object) => object | null;
export const ObjectKeys = Object.keys;
export const ObjectPrototype = Object.prototype;
export const ObjectPrototypeHasOwnProperty = uncurryThis(
  Object.prototype.hasOwnProperty as Method<object, [PropertyKey], boolean>,
);

export const FunctionPrototypeToString = uncurryThis(
  Function.prototype.toString as Method<unknown, [], string>,
);

export const SafeArray = Array;
export const ArrayIsArray = Array.isArray as (value: unknown) => value is unknown[];

export const StringFromCharCode = String.fromCharCode;
export const StringPrototypeCharCodeAt = uncurryThis(String.prototype.charCodeAt);
export const StringPrototypeSlice = uncurryThis(String.prototype.slice);
export const StringPrototypePadStart = uncurryThis(String.prototype.padStart);
export const NumberPrototypeToString = uncurryThis(Number.prototype.toString);
export const SafeNumber = Number;
export const NumberParseInt = Number.parseInt;
export const MathFloor = Math.floor;
export const MathImul = Math.imul;

export const SafeBigInt = BigInt;
export const BigIntAsIntN = BigInt.asIntN;
export const BigIntAsUintN = BigInt.asUintN;
export const BigIntPrototypeToString = uncurryThis(BigInt.prototype.toString);

export const SafeDate = Date;
export const DatePrototype: object = Date.prototype;
export const DatePrototypeGetTime = uncurryThis(Date.prototype.getTime);

type AnyMap = Map<unknown, unknown>;
export const SafeMap = Map;
export const MapPrototype: object = Map.prototype;
export const MapPrototypeGet = uncurryThis(Map.prototype.get as Method<AnyMap, [unknown], unknown>);
export const MapPrototypeSet = uncurryThis(
  Map.prototype.set as Method<AnyMap, [unknown, unknown], AnyMap>,
);
export const MapPrototypeEntries = uncurryThis(
  Map.prototype.entries as Method<AnyMap, [], Iterator<[unknown, unknown]>>,
);
export const MapIteratorPrototypeNext = uncurryThis(
  (Object.getPrototypeOf(new Map().entries()) as Iterator<[unknown, unknown]>).next as Method<
    Iterator<[unknown, unknown]>,
    [],
    IteratorResult<[unknown, unknown], undefined>
  >,
);

type AnySet = Set<unknown>;
export const SafeSet = Set;
export const SetPrototype: object = Set.prototype;
export const SetPrototypeAdd = uncurryThis(Set.prototype.add as Method<AnySet, [unknown], AnySet>);
export const SetPrototypeValues = uncurryThis(
  Set.prototype.values as Method<AnySet, [], Iterator<unknown>>,
);
export const SetIteratorPrototypeNext = uncurryThis(
  (Object.getPrototypeOf(new Set().values()) as Iterator<unknown>).next as Method<
    Iterator<unknown>,
    [],
    IteratorResult<unknown, undefined>
  >,
);

export const SafeUint8Array = Uint8Array;
export const SafeFloat64Array = Float64Array;
export const SafeFloat32Array = Float32Array;
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
/**
 * "Uint8Array" for those of any realm and their subclasses; undefined for what is no typed array.
 */
export const TypedArrayPrototypeGetName = uncurryThis(
  getterOf(TypedArrayPrototype, Symbol.toStringTag) as Method<unknown, [], string | undefined>,
);
export const TypedArrayPrototypeGetLength = uncurryThis(
  getterOf(TypedArrayPrototype, "length") as Method<Uint8Array, [], number>,
);
export const TypedArrayPrototypeGetBuffer = uncurryThis(
  getterOf(TypedArrayPrototype, "buffer") as Method<Uint8Array, [], ArrayBufferLike>,
);
export const TypedArrayPrototypeGetByteOffset = uncurryThis(
  getterOf(TypedArrayPrototype, "byteOffset") as Method<Uint8Array, [], number>,
);
export const TypedArrayPrototypeSet = uncurryThis(
  Uint8Array.prototype.set as Method<Uint8Array, [ArrayLike<number>, number?], void>,
);

export const ReflectOwnKeys = Reflect.ownKeys;
export const ObjectFreeze = Object.freeze;
export const ObjectCreate = Object.create as (prototype: object | null) => object;
export const ObjectIs = Object.is;
export const ObjectHasOwn = Object.hasOwn;
export const MathMin = Math.min;
export const MathMax = Math.max;
export const MathCeil = Math.ceil;
export const SafeError = Error;
/** True for an error of any realm, and for nothing that only has an error's prototype. */
export const ErrorIsError = (Error as unknown as { isError(value: unknown): boolean }).isError;
export const SafePromise = Promise;
export const SafeProxy = Proxy;
/** As a function: turns any value into text, or throws what its methods throw. */
export const SafeString = String;
export const JSONStringify = JSON.stringify as (value: unknown) => string;
export const JSONParse = JSON.parse as (text: string) => unknown;
export const DatePrototypeToISOString = uncurryThis(
  Date.prototype.toISOString as Method<unknown, [], string>,
);
export const NumberPrototypeToFixed = uncurryThis(Number.prototype.toFixed);
export const StringPrototypeIndexOf = uncurryThis(String.prototype.indexOf);
export const MapPrototypeGetSize = uncurryThis(
  getterOf(Map.prototype, "size") as Method<AnyMap, [], number>,
);
export const SetPrototypeGetSize = uncurryThis(
  getterOf(Set.prototype, "size") as Method<AnySet, [], number>,
);

/**
 * Only on promises that have a `constructor` of their own: on others it asks the prototype for one.
 */
export const PromisePrototypeThen = uncurryThis(Promise.prototype.then) as <T, U>(
  promise: Promise<T>,
  onFulfilled: (value: T) => U,
  onRejected?: (error: unknown) => U,
) => Promise<U>;
