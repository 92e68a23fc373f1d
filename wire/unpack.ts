// Unpack: msgpack bytes to values. Neutral; hot: bench/micro/wire/codec.
// Fed by codec.ts with bytes of strangers. Every read checks its end first; a count is checked
// against the bytes that are left, and against packValuesMax, before anything of its size is made.
// Invariant: reads stay within [from, to), and the only failure is UNPACK_MALFORMED.

import { readBigint } from "./bigint-bytes.ts";
import { CodedError } from "./coded-error.ts";
import { limits } from "./limits.ts";
import {
  BigIntAsUintN,
  MapPrototypeSet,
  MathFloor,
  NumberPrototypeToString,
  SafeArray,
  SafeDate,
  SafeFloat32Array,
  SafeFloat64Array,
  SafeMap,
  SafeNumber,
  SafeSet,
  SafeUint8Array,
  SetPrototypeAdd,
  StringPrototypeCharCodeAt as charCodeAt,
  TypedArrayPrototypeGetBuffer as bufferOf,
  TypedArrayPrototypeGetByteOffset as byteOffsetOf,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeSet as setBytes,
} from "./primordials.ts";
import { Extension, Tag } from "./tag.ts";
import { readTimestamp } from "./timestamp.ts";
import { readShortText, shortTextBytesMax } from "./text-cache.ts";
import { readUtf8 } from "./utf8.ts";

const { packBigintBytesMax, packDepthMax, packValuesMax } = limits;

const integerMax = 2 ** 53 - 1; // every integer up to here is a number exactly

/** As a field it would be the prototype of whatever a careless reader copies it into. */
const protoName = "__proto__";
const protoRefused = `a field is named "${protoName}"`;

const doubleValue = new SafeFloat64Array(1);
const doubleBytes = new SafeUint8Array(doubleValue.buffer);
const floatValue = new SafeFloat32Array(1);
const floatBytes = new SafeUint8Array(floatValue.buffer);

let start = 0;
let position = 0;
let limit = 0;
/** Values that the body may still have. */
let valuesLeft = 0;

/** The values in [from, to) of `bytes`; `decode` (codec.ts) has the contract. */
export function unpack(bytes: Uint8Array, from: number, to: number): unknown[] {
  // A setter that the author put on a prototype may unpack in its turn.
  const outer = { start, position, limit, valuesLeft };
  start = from;
  position = from;
  limit = to;
  valuesLeft = packValuesMax;
  try {
    if (!isRange(from, to, lengthOf(bytes))) {
      throw malformed(`${from} to ${to} is no range of the ${lengthOf(bytes)} bytes`);
    }
    return readSequence(bytes);
  } finally {
    start = outer.start;
    position = outer.position;
    limit = outer.limit;
    valuesLeft = outer.valuesLeft;
  }
}

function isRange(from: number, to: number, length: number): boolean {
  return from >>> 0 === from && to >>> 0 === to && from <= to && to <= length;
}

/**
 * Bodies have a value or two: a list of just that size, where one that grows would take 17 places.
 */
function readSequence(bytes: Uint8Array): unknown[] {
  if (position === limit) return [];
  allow(1, 1);
  const first = readValue(bytes, 0);
  if (position === limit) return [first];
  allow(1, 1);
  const second = readValue(bytes, 0);
  if (position === limit) return [first, second];
  const values = [first, second];
  for (let count = 2; position < limit; count++) {
    allow(1, 1);
    values[count] = readValue(bytes, 0);
  }
  return values;
}

function readValue(bytes: Uint8Array, depth: number): unknown {
  if (position >= limit) throw malformed("a value is cut off");
  const tag = bytes[position++] as number;
  if (tag < Tag.object) return tag;
  if (tag < Tag.array) return readObject(bytes, tag & 0x0f, depth);
  if (tag < Tag.text) return readArray(bytes, tag & 0x0f, depth);
  if (tag < Tag.nil) return readText(bytes, tag & 0x1f);
  if (tag >= Tag.negative) return tag - 0x100;
  return tag >= Tag.float32 && tag <= Tag.int64
    ? readNumber(bytes, tag)
    : readTagged(bytes, tag, depth);
}

function readNumber(bytes: Uint8Array, tag: number): number | bigint {
  switch (tag) {
    case Tag.uint8:
      return readUint(bytes, 1);
    case Tag.uint16:
      return readUint(bytes, 2);
    case Tag.uint32:
      return readUint(bytes, 4);
    case Tag.int8:
      return (readUint(bytes, 1) << 24) >> 24;
    case Tag.int16:
      return (readUint(bytes, 2) << 16) >> 16;
    case Tag.int32:
      return readUint(bytes, 4) | 0;
    case Tag.float32:
      return readFloat(bytes);
    case Tag.float64:
      return readDouble(bytes);
    default:
      return readLong(bytes, tag === Tag.int64);
  }
}

function readTagged(bytes: Uint8Array, tag: number, depth: number): unknown {
  switch (tag) {
    case Tag.nil:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.text8:
      return readText(bytes, readUint(bytes, 1));
    case Tag.text16:
      return readText(bytes, readUint(bytes, 2));
    case Tag.text32:
      return readText(bytes, readUint(bytes, 4));
    case Tag.array16:
      return readArray(bytes, readUint(bytes, 2), depth);
    case Tag.array32:
      return readArray(bytes, readUint(bytes, 4), depth);
    case Tag.object16:
      return readObject(bytes, readUint(bytes, 2), depth);
    case Tag.object32:
      return readObject(bytes, readUint(bytes, 4), depth);
    case Tag.bytes8:
      return readBytes(bytes, readUint(bytes, 1));
    case Tag.bytes16:
      return readBytes(bytes, readUint(bytes, 2));
    case Tag.bytes32:
      return readBytes(bytes, readUint(bytes, 4));
    case Tag.extension8:
      return readExtension(bytes, readUint(bytes, 1), depth);
    case Tag.extension16:
      return readExtension(bytes, readUint(bytes, 2), depth);
    case Tag.extension32:
      return readExtension(bytes, readUint(bytes, 4), depth);
    default:
      if (tag < Tag.extension1) throw malformed("0xc1 is no tag");
      return readExtension(bytes, 1 << (tag - Tag.extension1), depth);
  }
}

/** Moves on by `size` bytes and returns where they start. */
function take(size: number): number {
  const at = position;
  if (size > limit - at) throw malformed("a value is cut off");
  position = at + size;
  return at;
}

function readUint(bytes: Uint8Array, size: 1 | 2 | 4): number {
  let at = take(size);
  let value = 0;
  for (const end = position; at < end; at++) value = (value << 8) | (bytes[at] as number);
  return value >>> 0;
}

function readFloat(bytes: Uint8Array): number {
  const at = take(4);
  for (let index = 0; index < 4; index++) floatBytes[3 - index] = bytes[at + index] as number;
  return floatValue[0] as number;
}

function readDouble(bytes: Uint8Array): number {
  const at = take(8);
  doubleBytes[7] = bytes[at] as number;
  doubleBytes[6] = bytes[at + 1] as number;
  doubleBytes[5] = bytes[at + 2] as number;
  doubleBytes[4] = bytes[at + 3] as number;
  doubleBytes[3] = bytes[at + 4] as number;
  doubleBytes[2] = bytes[at + 5] as number;
  doubleBytes[1] = bytes[at + 6] as number;
  doubleBytes[0] = bytes[at + 7] as number;
  return doubleValue[0] as number;
}

/** A 64-bit integer, of another's making: a number when that is exact, else a bigint. */
function readLong(bytes: Uint8Array, isSigned: boolean): number | bigint {
  const upper = isSigned ? readUint(bytes, 4) | 0 : readUint(bytes, 4);
  const value = upper * 0x1_0000_0000 + readUint(bytes, 4);
  if (value >= -integerMax && value <= integerMax) return value;
  const exact = readBigint(bytes, position - 8, 8);
  return isSigned ? exact : BigIntAsUintN(64, exact);
}

function readText(bytes: Uint8Array, size: number): string {
  const at = take(size);
  return size <= shortTextBytesMax ? readShortText(bytes, at, size) : readUtf8(bytes, at, position);
}

function readBytes(bytes: Uint8Array, size: number): Uint8Array {
  const at = take(size);
  const copy = new SafeUint8Array(size);
  if (size > 0) setBytes(copy, new SafeUint8Array(bufferOf(bytes), byteOffsetOf(bytes) + at, size));
  return copy;
}

/** Checks a count before it is believed: each value takes `bytesMin` bytes at least. */
function allow(count: number, bytesMin: number): void {
  if (count * bytesMin > limit - position)
    throw malformed("a count is over the bytes that are left");
  valuesLeft -= count;
  if (valuesLeft < 0) throw malformed(`more than ${packValuesMax} values (packValuesMax)`);
}

function checkDepth(depth: number): void {
  if (depth >= packDepthMax) throw malformed(`nested deeper than ${packDepthMax} (packDepthMax)`);
}

function readArray(bytes: Uint8Array, count: number, depth: number): unknown[] {
  if (count === 0) return [];
  checkDepth(depth);
  allow(count, 1);
  const items = new SafeArray<unknown>(count);
  for (let index = 0; index < count; index++) items[index] = readValue(bytes, depth + 1);
  return items;
}

type Fields = Record<string, unknown>;

function readObject(bytes: Uint8Array, count: number, depth: number): Fields {
  const fields: Fields = {};
  if (count === 0) return fields;
  checkDepth(depth);
  allow(count, 2);
  const indexMax = count * 2 + 8;
  let isSparse = false;
  for (let index = 0; index < count; index++) {
    const name = readName(bytes);
    if (!isSparse && isDigit(charCodeAt(name, 0)) && SafeNumber(name) > indexMax) {
      makeSparse(fields);
      isSparse = true;
    }
    fields[name] = readValue(bytes, depth + 1);
  }
  return fields;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

const farIndex = 0x100_0000;

/**
 * V8 keeps fields named by an integer up to 1024 or so in a list with a place for each integer
 * below: 7 bytes of input would take 12 KB. An object that had a field far off keeps a table
 * instead.
 */
function makeSparse(fields: Fields): void {
  fields[farIndex] = 0;
  delete fields[farIndex];
}

/** A field's name, mostly a short text. */
function readName(bytes: Uint8Array): string {
  const at = position + 1;
  const size = position < limit ? (bytes[position] as number) - Tag.text : -1;
  if (size < 0 || size > shortTextBytesMax || size > limit - at) return readOtherName(bytes);
  position = at + size;
  const name = readShortText(bytes, at, size);
  if (size === protoName.length && name === protoName) throw malformed(protoRefused);
  return name;
}

/** A longer text, or an integer of another's making; malformed in the other cases. */
function readOtherName(bytes: Uint8Array): string {
  const name = readValue(bytes, packDepthMax);
  if (typeof name === "number" && name === MathFloor(name)) return `${name}`;
  if (typeof name !== "string") throw malformed("a field's name is neither a text nor an integer");
  if (name === protoName) throw malformed(protoRefused);
  return name;
}

function readExtension(bytes: Uint8Array, size: number, depth: number): unknown {
  if (position >= limit) throw malformed("a value is cut off");
  const extension = bytes[position++] as number;
  if (extension === Extension.map || extension === Extension.set) {
    return readCollection(bytes, extension, size, depth);
  }
  const at = take(size);
  if (extension === Extension.undefined && size === 1) return undefined;
  if (extension === Extension.bigint && size > 0 && size <= packBigintBytesMax) {
    return readBigint(bytes, at, size);
  }
  if (extension === Extension.timestamp) {
    const time = readTimestamp(bytes, at, size);
    if (time !== undefined) return new SafeDate(time);
  }
  throw malformed(`${size} bytes of extension 0x${hex(extension)} are not known`);
}

function readCollection(
  bytes: Uint8Array,
  extension: number,
  size: number,
  depth: number,
): unknown {
  const at = take(size);
  const outerLimit = limit;
  const end = position;
  position = at;
  limit = end;
  const value = extension === Extension.map ? readMap(bytes, depth) : readSet(bytes, depth);
  if (position !== end) throw malformed("bytes follow the content of a Map or Set");
  limit = outerLimit;
  return value;
}

function readMap(bytes: Uint8Array, depth: number): Map<unknown, unknown> {
  const count = readCount(bytes, Tag.object);
  const map = new SafeMap<unknown, unknown>();
  if (count > 0) checkDepth(depth);
  allow(count * 2, 1);
  for (let index = 0; index < count; index++) {
    const key = readValue(bytes, depth + 1);
    MapPrototypeSet(map, key, readValue(bytes, depth + 1));
  }
  return map;
}

function readSet(bytes: Uint8Array, depth: number): Set<unknown> {
  const count = readCount(bytes, Tag.array);
  const set = new SafeSet<unknown>();
  if (count > 0) checkDepth(depth);
  allow(count, 1);
  for (let index = 0; index < count; index++) SetPrototypeAdd(set, readValue(bytes, depth + 1));
  return set;
}

/** The count at the start of a Map's or Set's content, which is one msgpack map or array. */
function readCount(bytes: Uint8Array, short: typeof Tag.object | typeof Tag.array): number {
  const tag = bytes[take(1)] as number;
  if ((tag & 0xf0) === short) return tag & 0x0f;
  const wide = short === Tag.object ? Tag.object16 : Tag.array16;
  if (tag === wide) return readUint(bytes, 2);
  if (tag === wide + 1) return readUint(bytes, 4);
  throw malformed(`0x${hex(tag)} does not start the content of a Map or Set`);
}

function hex(byte: number): string {
  return NumberPrototypeToString(byte, 16);
}

function malformed(what: string): CodedError {
  return new CodedError("UNPACK_MALFORMED", `byte ${position - start} of the body: ${what}`);
}
