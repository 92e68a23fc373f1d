// Pack: values to msgpack bytes. Neutral; hot: bench/micro/wire/codec.
// Fed by codec.ts. A write returns the end of what it wrote, or a negative number: -1 when the buffer is full,
// else why a value is refused; each container on the way out adds its part of the path (refusal.ts).
// Invariant: getters may pack in their turn: all state that outlives a write is put back by `packInto`.

import { bigintSize, writeBigint } from "./bigint-bytes.ts";
import { limits } from "./limits.ts";
import { describeThing, entriesOf, valuesOf, timeOf } from "./pack-source.ts";
import {
  headSize,
  put16,
  put32,
  put8,
  putHead,
  writeByte,
  writeNumber,
  writeText,
} from "./pack-scalar.ts";
import {
  ArrayIsArray,
  DatePrototype,
  MapPrototype,
  ObjectGetPrototypeOf,
  ObjectKeys,
  ObjectPrototype,
  SetPrototype,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeGetName as typedArrayName,
  TypedArrayPrototypeSet as setBytes,
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
import { timestampSize, writeTimestamp } from "./timestamp.ts";

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
  valuesLeft = packValuesMax;
  try {
    let end = at > room ? -1 : at;
    for (let index = 0; index < values.length && end !== -1; index++) {
      end = --valuesLeft < 0 ? refuseCount() : writeValue(into, end, values[index], 0);
      if (end < -1) throw takeRefusal(end, index);
    }
    return end;
  } finally {
    room = outerRoom;
    valuesLeft = outerValuesLeft;
  }
}

function writeValue(into: Uint8Array, at: number, value: unknown, depth: number): number {
  if (typeof value === "string") return writeText(into, at, value, room);
  if (typeof value === "number") return writeNumber(into, at, value, room);
  if (typeof value === "object" && value !== null) return writeObject(into, at, value, depth);
  if (value === null) return writeByte(into, at, Tag.nil, room);
  if (value === true) return writeByte(into, at, Tag.true, room);
  if (value === false) return writeByte(into, at, Tag.false, room);
  if (value === undefined) {
    return at + 3 > room ? -1 : put16(into, at, Tag.extension1, Extension.undefined << 8);
  }
  if (typeof value === "bigint") return writeBigintExtension(into, at, value);
  return refuseThing(describeThing(value));
}

/** A plain object first: it is what services send most. */
function writeObject(into: Uint8Array, at: number, value: object, depth: number): number {
  if (ArrayIsArray(value)) return writeArray(into, at, value, depth);
  const prototype = ObjectGetPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === null) {
    return writeFields(into, at, value as Record<string, unknown>, depth);
  }
  if (typedArrayName(value) === "Uint8Array") return writeBytes(into, at, value as Uint8Array);
  if (prototype === MapPrototype) return writeMap(into, at, value, depth);
  if (prototype === SetPrototype) return writeSet(into, at, value, depth);
  if (prototype === DatePrototype) return writeDate(into, at, value);
  return refuseThing(describeThing(value));
}

/** Takes `count` values inside a container off the allowance; a refusal, or 0 when they are allowed. */
function enter(count: number, depth: number): number {
  if (count === 0) return 0;
  if (depth >= packDepthMax) return refuseDepth();
  valuesLeft -= count;
  return valuesLeft < 0 ? refuseCount() : 0;
}

function writeArray(into: Uint8Array, at: number, items: unknown[], depth: number): number {
  const count = items.length >>> 0;
  const refusal = enter(count, depth);
  if (refusal < 0) return refusal;
  let end =
    count < 0x10
      ? writeByte(into, at, Tag.array | count, room)
      : writeCount(into, at, Tag.array16, count);
  for (let index = 0; index < count && end !== -1; index++) {
    end = writeValue(into, end, items[index], depth + 1);
    if (end < -1) return withItem(end, index);
  }
  return end;
}

type Fields = Record<string, unknown>;

function writeFields(into: Uint8Array, at: number, fields: Fields, depth: number): number {
  const keys = ObjectKeys(fields);
  const count = keys.length;
  const refusal = enter(count, depth);
  if (refusal < 0) return refusal;
  let end =
    count < 0x10
      ? writeByte(into, at, Tag.object | count, room)
      : writeCount(into, at, Tag.object16, count);
  for (let index = 0; index < count && end !== -1; index++) {
    const key = keys[index] as string;
    if (key === "__proto__") return refuseThing('a field named "__proto__"');
    end = writeText(into, end, key, room);
    if (end === -1) return -1;
    end = writeValue(into, end, fields[key], depth + 1);
    if (end < -1) return withField(end, key);
  }
  return end;
}

/** A count of 16 or of 32 bits; the tag of the latter is the next one. */
function writeCount(into: Uint8Array, at: number, tag16: number, count: number): number {
  if (count < 0x1_0000) return at + 3 > room ? -1 : put16(into, at, tag16, count);
  return at + 5 > room ? -1 : put32(into, at, tag16 + 1, count);
}

function writeBytes(into: Uint8Array, at: number, bytes: Uint8Array): number {
  const size = lengthOf(bytes);
  if (at + headSize(size) + size > room) return -1;
  const start = putHead(into, at, Tag.bytes8, size);
  setBytes(into, bytes, start);
  return start + size;
}

function writeMap(into: Uint8Array, at: number, value: object, depth: number): number {
  const entries = entriesOf(value);
  if (entries === undefined) return refuseThing(describeThing(value));
  const refusal = enter(entries.length, depth);
  if (refusal < 0) return refusal;
  const count = entries.length / 2;
  const start = at + 6;
  let end =
    count < 0x10
      ? writeByte(into, start, Tag.object | count, room)
      : writeCount(into, start, Tag.object16, count);
  for (let index = 0; index < entries.length && end !== -1; index++) {
    end = writeValue(into, end, entries[index], depth + 1);
    if (end < -1) return withEntry(end, index);
  }
  return end === -1 ? -1 : closeExtension(into, at, Extension.map, end);
}

function writeSet(into: Uint8Array, at: number, value: object, depth: number): number {
  const items = valuesOf(value);
  if (items === undefined) return refuseThing(describeThing(value));
  const end = writeArray(into, at + 6, items, depth);
  return end < 0 ? end : closeExtension(into, at, Extension.set, end);
}

/** Writes the head of an extension whose content is from `at + 6` to `end`. */
function closeExtension(into: Uint8Array, at: number, extension: number, end: number): number {
  put32(into, at, Tag.extension32, end - at - 6);
  into[at + 5] = extension;
  return end;
}

function writeDate(into: Uint8Array, at: number, value: object): number {
  const time = timeOf(value);
  if (time === undefined) return refuseThing(describeThing(value));
  const size = timestampSize(time);
  const start = openExtension(into, at, Extension.timestamp, size);
  if (start === -1) return -1;
  writeTimestamp(into, start, time, size);
  return start + size;
}

function writeBigintExtension(into: Uint8Array, at: number, value: bigint): number {
  const size = bigintSize(value);
  if (size === 0) return refuseThing(`a bigint of more than ${limits.packBigintBytesMax} bytes`);
  const start = openExtension(into, at, Extension.bigint, size);
  if (start === -1) return -1;
  writeBigint(into, start, value, size);
  return start + size;
}

/** Writes the head of an extension of `size` bytes in the shortest form; -1 when the whole does not fit. */
function openExtension(into: Uint8Array, at: number, extension: number, size: number): number {
  const head = fixedTag(size) === 0 ? (size < 0x100 ? 3 : 4) : 2;
  if (at + head + size > room) return -1;
  if (head === 2) into[at] = fixedTag(size);
  else if (head === 3) put8(into, at, Tag.extension8, size);
  else put16(into, at, Tag.extension16, size);
  into[at + head - 1] = extension;
  return at + head;
}

/** The tag that has this size in it; 0 when there is none. */
function fixedTag(size: number): number {
  if (size === 1) return Tag.extension1;
  if (size === 2) return Tag.extension2;
  if (size === 4) return Tag.extension4;
  if (size === 8) return Tag.extension8Fixed;
  return size === 16 ? Tag.extension16Fixed : 0;
}
