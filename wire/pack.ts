// Pack: values to msgpack bytes. Host and guest; hot: bench/micro/wire/codec.
// Fed by codec.ts. A write returns the end of what it wrote, or a negative number: -1 when there is
// no room, else a refusal, to which each container on the way out adds its part of the path.
// Invariant: getters may pack in their turn: `packInto` puts back all state that outlives a write.

import { limits } from "./limits.ts";
import {
  closeCollection,
  collectionHeadBytes,
  writeBigintValue,
  writeBytes,
  writeDate,
} from "./pack-extension.ts";
import { put16, put32, writeByte, writeNumber, writeText } from "./pack-scalar.ts";
import { describeThing, entriesOf, timeOf, valuesOf } from "./pack-source.ts";
import {
  ArrayIsArray,
  DatePrototype,
  MapPrototype,
  ObjectGetPrototypeOf,
  ObjectKeys,
  ObjectPrototype,
  ObjectPrototypeHasOwnProperty as hasOwn,
  SetPrototype,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeGetName as typedArrayName,
} from "./primordials.ts";
import {
  refuseCount,
  refuseDepth,
  refuseThing,
  takeRefusal,
  withEntry,
  withField,
  withItem,
} from "./refusal.ts";
import { Extension, Tag } from "./tag.ts";

const { packDepthMax, packValuesMax } = limits;

/** Length of the buffer that is written. */
let room = 0;
/** Values that the body may still have. */
let valuesLeft = 0;

/** Packs the values one behind the other; `encodeInto` (codec.ts) has the contract. */
export function packInto(values: readonly unknown[], into: Uint8Array, at: number): number {
  const outerRoom = room;
  const outerValuesLeft = valuesLeft;
  room = lengthOf(into);
  valuesLeft = packValuesMax - values.length;
  try {
    let end = at >>> 0 === at && at <= room ? at : -1;
    for (let index = 0; index < values.length && end !== -1; index++) {
      end = valuesLeft < 0 ? refuseCount() : writeValue(into, end, values[index], 0);
      if (end < -1) throw takeRefusal(end, index);
    }
    return end;
  } finally {
    room = outerRoom;
    valuesLeft = outerValuesLeft;
  }
}

/** Small and with the commonest first, so that V8 puts it into its callers. */
function writeValue(into: Uint8Array, at: number, value: unknown, depth: number): number {
  if (typeof value === "number") {
    // 1..127 is its own byte; 0 may be -0.
    if ((value & 0x7f) !== value || value === 0) return writeNumber(into, at, value, room);
    if (at >= room) return -1;
    into[at] = value;
    return at + 1;
  }
  if (typeof value === "string") return writeText(into, at, value, room);
  if (typeof value === "object" && value !== null) return writeObject(into, at, value, depth);
  return writeOther(into, at, value);
}

function writeOther(into: Uint8Array, at: number, value: unknown): number {
  if (value === null) return writeByte(into, at, Tag.nil, room);
  if (value === true) return writeByte(into, at, Tag.true, room);
  if (value === false) return writeByte(into, at, Tag.false, room);
  if (value === undefined) {
    return at + 3 > room ? -1 : put16(into, at, Tag.extension1, Extension.undefined << 8);
  }
  if (typeof value === "bigint") return writeBigintValue(into, at, value, room);
  return refuseThing(describeThing(value));
}

/** Arrays and plain objects first: services send little else. */
function writeObject(into: Uint8Array, at: number, value: object, depth: number): number {
  if (ArrayIsArray(value)) return writeArray(into, at, value, depth);
  const prototype = ObjectGetPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) {
    return writeFields(into, at, value as Fields, depth);
  }
  if (typedArrayName(value) === "Uint8Array")
    return writeBytes(into, at, value as Uint8Array, room);
  if (prototype === MapPrototype) return writeMap(into, at, value, depth);
  if (prototype === SetPrototype) return writeSet(into, at, value, depth);
  const time = prototype === DatePrototype ? timeOf(value) : undefined;
  return time === undefined ? refuseThing(describeThing(value)) : writeDate(into, at, time, room);
}

/** Takes the values inside a container off the allowance; a refusal, or 0 when they are allowed. */
function enter(count: number, depth: number): number {
  if (count === 0) return 0;
  if (depth >= packDepthMax) return refuseDepth();
  valuesLeft -= count;
  return valuesLeft < 0 ? refuseCount() : 0;
}

function writeArray(into: Uint8Array, at: number, items: unknown[], depth: number): number {
  const count = items.length >>> 0; // a Proxy may say anything
  const refusal = enter(count, depth);
  if (refusal < 0) return refusal;
  let end = writeCount(into, at, Tag.array, count);
  for (let index = 0; index < count && end !== -1; index++) {
    end = writeValue(into, end, items[index], depth + 1);
    if (end < -1) return withItem(end, index);
  }
  return end;
}

type Fields = Record<string, unknown>;

const shortCountMax = 0x0f; // the tags have a count in them up to here

/**
 * The own fields of a small object. `for in` walks an object's shape without making a list of its
 * keys. The first walk counts, inherited fields too; the count of own ones is filled in behind.
 */
function writeFields(into: Uint8Array, at: number, fields: Fields, depth: number): number {
  let countMax = 0;
  for (const _ in fields) {
    if (++countMax > shortCountMax) return writeManyFields(into, at, fields, depth);
  }
  const refusal = enter(countMax, depth);
  if (refusal < 0) return refusal;
  let end = at + 1;
  if (end > room) return -1;
  let count = 0;
  for (const key in fields) {
    if (!hasOwn(fields, key)) continue;
    if (++count > countMax) return refuseThing("an object that grows while it is read");
    end = writeName(into, end, key);
    if (end < 0) return end;
    end = writeValue(into, end, fields[key], depth + 1);
    if (end < 0) return withField(end, key);
  }
  into[at] = Tag.object | count;
  return end;
}

/** For more fields a list of the keys costs less than a look at each on every walk. */
function writeManyFields(into: Uint8Array, at: number, fields: Fields, depth: number): number {
  const keys = ObjectKeys(fields);
  const refusal = enter(keys.length, depth);
  if (refusal < 0) return refusal;
  let end = writeCount(into, at, Tag.object, keys.length);
  for (let index = 0; index < keys.length && end !== -1; index++) {
    const key = keys[index] as string;
    end = writeName(into, end, key);
    if (end < 0) return end;
    end = writeValue(into, end, fields[key], depth + 1);
    if (end < 0) return withField(end, key);
  }
  return end;
}

function writeName(into: Uint8Array, at: number, key: string): number {
  if (key === "__proto__") return refuseThing('a field named "__proto__"');
  return writeText(into, at, key, room);
}

/**
 * The head of an array or object: the short tag has a count of 4 bits in it, others of 16 or 32
 * follow it.
 */
function writeCount(into: Uint8Array, at: number, short: number, count: number): number {
  if (count <= shortCountMax) return writeByte(into, at, short | count, room);
  const wide = short === Tag.array ? Tag.array16 : Tag.object16;
  if (count < 0x1_0000) return at + 3 > room ? -1 : put16(into, at, wide, count);
  return at + 5 > room ? -1 : put32(into, at, wide + 1, count);
}

function writeMap(into: Uint8Array, at: number, value: object, depth: number): number {
  const entries = entriesOf(value);
  if (entries === undefined) return refuseThing(describeThing(value));
  const refusal = enter(entries.length, depth);
  if (refusal < 0) return refusal;
  let end = writeCount(into, at + collectionHeadBytes, Tag.object, entries.length / 2);
  for (let index = 0; index < entries.length && end !== -1; index++) {
    end = writeValue(into, end, entries[index], depth + 1);
    if (end < -1) return withEntry(end, index);
  }
  return end === -1 ? -1 : closeCollection(into, at, Extension.map, end);
}

function writeSet(into: Uint8Array, at: number, value: object, depth: number): number {
  const items = valuesOf(value);
  if (items === undefined) return refuseThing(describeThing(value));
  const end = writeArray(into, at + collectionHeadBytes, items, depth);
  return end < 0 ? end : closeCollection(into, at, Extension.set, end);
}
