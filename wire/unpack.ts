// Unpack: msgpack bytes to values. Neutral; hot: bench/micro/wire/codec.
// Fed by codec.ts with bytes of strangers. Every read checks its end first; a count is checked against the bytes
// that are left, and against packValuesMax, before anything of its size is made.
// Invariant: reads stay within [from, to), and the only failure is UNPACK_MALFORMED.

import { readBigint } from "./bigint-bytes.ts";
import { CodedError } from "./coded-error.ts";
import { limits } from "./limits.ts";
import {
  BigIntAsUintN,
  MapPrototypeSet,
  MathFloor,
  NumberPrototypeToString,
  SafeDate,
  SafeFloat32Array,
  SafeFloat64Array,
  SafeMap,
  SafeSet,
  SafeUint8Array,
  SetPrototypeAdd,
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

const doubleValue = new SafeFloat64Array(1);
const doubleBytes = new SafeUint8Array(doubleValue.buffer);
const floatValue = new SafeFloat32Array(1);
const floatBytes = new SafeUint8Array(floatValue.buffer);

let bytes: Uint8Array = new SafeUint8Array(0);
let start = 0;
let position = 0;
let limit = 0;
/** Values that the body may still have. */
let valuesLeft = 0;

/** The values in [from, to) of `source`; `decode` (codec.ts) has the contract. */
export function unpack(source: Uint8Array, from: number, to: number): unknown[] {
  // A setter that the author put on a prototype may unpack in its turn.
  const outer = { bytes, start, position, limit, valuesLeft };
  bytes = source;
  start = from;
  position = from;
  limit = to;
  valuesLeft = packValuesMax;
  try {
    if (!(from >= 0 && from <= to && to <= lengthOf(source))) {
      throw malformed(`${from} to ${to} is no range of the ${lengthOf(source)} bytes`);
    }
    const values: unknown[] = [];
    let count = 0;
    while (position < limit) {
      allow(1, 1);
      values[count++] = readValue(0);
    }
    return values;
  } finally {
    bytes = outer.bytes;
    start = outer.start;
    position = outer.position;
    limit = outer.limit;
    valuesLeft = outer.valuesLeft;
  }
}

function readValue(depth: number): unknown {
  if (position >= limit) throw malformed("a value is cut off");
  const tag = bytes[position++] as number;
  if (tag < Tag.object) return tag;
  if (tag < Tag.array) return readObject(tag & 0x0f, depth);
  if (tag < Tag.text) return readArray(tag & 0x0f, depth);
  if (tag < Tag.nil) return readText(tag & 0x1f);
  if (tag >= Tag.negative) return tag - 0x100;
  return tag >= Tag.float32 && tag <= Tag.int64 ? readNumber(tag) : readTagged(tag, depth);
}

function readNumber(tag: number): number | bigint {
  switch (tag) {
    case Tag.uint8:
      return readUint(1);
    case Tag.uint16:
      return readUint(2);
    case Tag.uint32:
      return readUint(4);
    case Tag.int8:
      return (readUint(1) << 24) >> 24;
    case Tag.int16:
      return (readUint(2) << 16) >> 16;
    case Tag.int32:
      return readUint(4) | 0;
    case Tag.float32:
      return readFloat();
    case Tag.float64:
      return readDouble();
    default:
      return readLong(tag === Tag.int64);
  }
}

function readTagged(tag: number, depth: number): unknown {
  switch (tag) {
    case Tag.nil:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.text8:
      return readText(readUint(1));
    case Tag.text16:
      return readText(readUint(2));
    case Tag.text32:
      return readText(readUint(4));
    case Tag.array16:
      return readArray(readUint(2), depth);
    case Tag.array32:
      return readArray(readUint(4), depth);
    case Tag.object16:
      return readObject(readUint(2), depth);
    case Tag.object32:
      return readObject(readUint(4), depth);
    case Tag.bytes8:
      return readBytes(readUint(1));
    case Tag.bytes16:
      return readBytes(readUint(2));
    case Tag.bytes32:
      return readBytes(readUint(4));
    case Tag.extension8:
      return readExtension(readUint(1), depth);
    case Tag.extension16:
      return readExtension(readUint(2), depth);
    case Tag.extension32:
      return readExtension(readUint(4), depth);
    default:
      if (tag < Tag.extension1) throw malformed("0xc1 is no tag");
      return readExtension(1 << (tag - Tag.extension1), depth);
  }
}

/** Moves on by `size` bytes and returns where they start. */
function take(size: number): number {
  const at = position;
  if (size > limit - at) throw malformed("a value is cut off");
  position = at + size;
  return at;
}

function readUint(size: 1 | 2 | 4): number {
  let at = take(size);
  let value = 0;
  for (const end = position; at < end; at++) value = (value << 8) | (bytes[at] as number);
  return value >>> 0;
}

function readFloat(): number {
  const at = take(4);
  for (let index = 0; index < 4; index++) floatBytes[3 - index] = bytes[at + index] as number;
  return floatValue[0] as number;
}

function readDouble(): number {
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
function readLong(isSigned: boolean): number | bigint {
  const upper = isSigned ? readUint(4) | 0 : readUint(4);
  const value = upper * 0x1_0000_0000 + readUint(4);
  if (value >= -integerMax && value <= integerMax) return value;
  const exact = readBigint(bytes, position - 8, 8);
  return isSigned ? exact : BigIntAsUintN(64, exact);
}

function readText(size: number): string {
  const at = take(size);
  return size <= shortTextBytesMax
    ? readShortText(bytes, at, position)
    : readUtf8(bytes, at, position);
}

function readBytes(size: number): Uint8Array {
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

function readArray(count: number, depth: number): unknown[] {
  if (count === 0) return [];
  checkDepth(depth);
  allow(count, 1);
  const items: unknown[] = [];
  for (let index = 0; index < count; index++) items[index] = readValue(depth + 1);
  return items;
}

type Fields = Record<string, unknown>;

function readObject(count: number, depth: number): Fields {
  const fields: Fields = {};
  if (count === 0) return fields;
  checkDepth(depth);
  allow(count, 2);
  for (let index = 0; index < count; index++) {
    const key = readKey();
    fields[key] = readValue(depth + 1);
  }
  return fields;
}

/** A text, or an integer of another's making. */
function readKey(): string {
  const key = readValue(packDepthMax);
  if (typeof key === "number" && key === MathFloor(key)) return `${key}`;
  if (typeof key !== "string") throw malformed("a field's name is neither a text nor an integer");
  if (key === "__proto__") throw malformed('a field is named "__proto__"');
  return key;
}

function readExtension(size: number, depth: number): unknown {
  if (position >= limit) throw malformed("a value is cut off");
  const extension = bytes[position++] as number;
  if (extension === Extension.map || extension === Extension.set) {
    return readCollection(extension, size, depth);
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

function readCollection(extension: number, size: number, depth: number): unknown {
  const at = take(size);
  const outerLimit = limit;
  const end = position;
  position = at;
  limit = end;
  const value = extension === Extension.map ? readMap(depth) : readSet(depth);
  if (position !== end) throw malformed("bytes follow the content of a Map or Set");
  limit = outerLimit;
  return value;
}

function readMap(depth: number): Map<unknown, unknown> {
  const count = readCount(Tag.object);
  const map = new SafeMap<unknown, unknown>();
  if (count > 0) checkDepth(depth);
  allow(count * 2, 1);
  for (let index = 0; index < count; index++) {
    const key = readValue(depth + 1);
    MapPrototypeSet(map, key, readValue(depth + 1));
  }
  return map;
}

function readSet(depth: number): Set<unknown> {
  const count = readCount(Tag.array);
  const set = new SafeSet<unknown>();
  if (count > 0) checkDepth(depth);
  allow(count, 1);
  for (let index = 0; index < count; index++) SetPrototypeAdd(set, readValue(depth + 1));
  return set;
}

/** The count at the start of a Map's or Set's content, which is one msgpack map or array. */
function readCount(short: typeof Tag.object | typeof Tag.array): number {
  const tag = bytes[take(1)] as number;
  if ((tag & 0xf0) === short) return tag & 0x0f;
  const wide = short === Tag.object ? Tag.object16 : Tag.array16;
  if (tag === wide) return readUint(2);
  if (tag === wide + 1) return readUint(4);
  throw malformed(`0x${hex(tag)} does not start the content of a Map or Set`);
}

function hex(byte: number): string {
  return NumberPrototypeToString(byte, 16);
}

function malformed(what: string): CodedError {
  return new CodedError("UNPACK_MALFORMED", `byte ${position - start} of the body: ${what}`);
}
