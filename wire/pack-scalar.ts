// Pack scalar: numbers and texts to msgpack. Host and guest; hot: bench/micro/wire/codec.
// Fed by pack.ts. A write returns the end of what it wrote, or -1 when that would be over `room`.
// Invariant: the shortest form that holds the value, integers before doubles; -0 is a double.

import {
  SafeFloat64Array,
  SafeUint8Array,
  StringPrototypeCharCodeAt as charCodeAt,
} from "./primordials.ts";
import { Tag } from "./tag.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";

const doubleValue = new SafeFloat64Array(1);
const doubleBytes = new SafeUint8Array(doubleValue.buffer);

export function writeByte(into: Uint8Array, at: number, byte: number, room: number): number {
  if (at >= room) return -1;
  into[at] = byte;
  return at + 1;
}

export function writeNumber(into: Uint8Array, at: number, value: number, room: number): number {
  const integer = value | 0;
  if (integer !== value || (integer === 0 && 1 / value < 0)) {
    if (value >>> 0 !== value || integer === 0) return writeDouble(into, at, value, room);
    return at + 5 > room ? -1 : put32(into, at, Tag.uint32, value);
  }
  if (integer >= -0x20 && integer < 0x80) return writeByte(into, at, integer & 0xff, room);
  if (integer >= -0x80 && integer < 0x100) {
    return at + 2 > room ? -1 : put8(into, at, integer < 0 ? Tag.int8 : Tag.uint8, integer);
  }
  if (integer >= -0x8000 && integer < 0x1_0000) {
    return at + 3 > room ? -1 : put16(into, at, integer < 0 ? Tag.int16 : Tag.uint16, integer);
  }
  return at + 5 > room ? -1 : put32(into, at, integer < 0 ? Tag.int32 : Tag.uint32, integer);
}

/** A tag and a number of 8 bits; the caller has checked that there is room. */
export function put8(into: Uint8Array, at: number, tag: number, value: number): number {
  into[at] = tag;
  into[at + 1] = value & 0xff;
  return at + 2;
}

export function put16(into: Uint8Array, at: number, tag: number, value: number): number {
  into[at] = tag;
  into[at + 1] = (value >> 8) & 0xff;
  into[at + 2] = value & 0xff;
  return at + 3;
}

export function put32(into: Uint8Array, at: number, tag: number, value: number): number {
  into[at] = tag;
  into[at + 1] = (value >>> 24) & 0xff;
  into[at + 2] = (value >>> 16) & 0xff;
  into[at + 3] = (value >>> 8) & 0xff;
  into[at + 4] = value & 0xff;
  return at + 5;
}

function writeDouble(into: Uint8Array, at: number, value: number, room: number): number {
  if (at + 9 > room) return -1;
  // NaN is written as one NaN: which of the many a NaN is must not show.
  doubleValue[0] = value === value ? value : Number.NaN;
  into[at] = Tag.float64;
  into[at + 1] = doubleBytes[7] as number;
  into[at + 2] = doubleBytes[6] as number;
  into[at + 3] = doubleBytes[5] as number;
  into[at + 4] = doubleBytes[4] as number;
  into[at + 5] = doubleBytes[3] as number;
  into[at + 6] = doubleBytes[2] as number;
  into[at + 7] = doubleBytes[1] as number;
  into[at + 8] = doubleBytes[0] as number;
  return at + 9;
}

/** A text, at once when it is ASCII; at the first other character it is measured. */
export function writeText(into: Uint8Array, at: number, text: string, room: number): number {
  const units = text.length;
  const start = at + (units < 0x20 ? 1 : headSize(units));
  if (start + units > room) return -1;
  for (let index = 0; index < units; index++) {
    const unit = charCodeAt(text, index);
    if (unit >= 0x80) return writeOtherText(into, at, text, room);
    into[start + index] = unit;
  }
  if (units < 0x20) into[at] = Tag.text | units;
  else putHead(into, at, Tag.text8, units);
  return start + units;
}

function writeOtherText(into: Uint8Array, at: number, text: string, room: number): number {
  const size = utf8Length(text);
  const start = at + (size < 0x20 ? 1 : headSize(size));
  if (start + size > room) return -1;
  if (size < 0x20) into[at] = Tag.text | size;
  else putHead(into, at, Tag.text8, size);
  return writeUtf8(text, into, start);
}

/**
 * Bytes of the head of bytes, or of a text from 32 bytes on: a tag and the size in 8, 16 or 32
 * bits.
 */
export function headSize(size: number): number {
  if (size < 0x100) return 2;
  return size < 0x1_0000 ? 3 : 5;
}

/** Writes that head; `tag` is the one for 8 bits and the wider ones follow it. */
export function putHead(into: Uint8Array, at: number, tag: number, size: number): number {
  if (size < 0x100) return put8(into, at, tag, size);
  return size < 0x1_0000 ? put16(into, at, tag + 1, size) : put32(into, at, tag + 2, size);
}
