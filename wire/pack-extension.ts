// Pack extension: bytes, dates, bigints, and the heads of msgpack extensions. Host and guest.
// Fed by pack.ts. A write returns the end of what it wrote, or -1 when that would be over `room`.
// Invariant: the shortest head that holds the size; a Map's or Set's is known at its end only, and
// has always 32 bits.

import { bigintSize, writeBigint } from "./bigint-bytes.ts";
import { limits } from "./limits.ts";
import { headSize, put16, put32, put8, putHead } from "./pack-scalar.ts";
import {
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeSet as setBytes,
} from "./primordials.ts";
import { refuseThing } from "./refusal.ts";
import { Extension, Tag } from "./tag.ts";
import { timestampSize, writeTimestamp } from "./timestamp.ts";

export function writeBytes(into: Uint8Array, at: number, bytes: Uint8Array, room: number): number {
  const size = lengthOf(bytes);
  if (at + headSize(size) + size > room) return -1;
  const start = putHead(into, at, Tag.bytes8, size);
  setBytes(into, bytes, start);
  return start + size;
}

/** `time` in milliseconds since 1970; NaN for an invalid date. */
export function writeDate(into: Uint8Array, at: number, time: number, room: number): number {
  const size = timestampSize(time);
  const start = at + extensionHeadSize(size);
  if (start + size > room) return -1;
  putExtensionHead(into, at, Extension.timestamp, size);
  writeTimestamp(into, start, time, size);
  return start + size;
}

export function writeBigintValue(
  into: Uint8Array,
  at: number,
  value: bigint,
  room: number,
): number {
  const size = bigintSize(value);
  if (size === 0) return refuseThing(`a bigint of more than ${limits.packBigintBytesMax} bytes`);
  const start = at + extensionHeadSize(size);
  if (start + size > room) return -1;
  putExtensionHead(into, at, Extension.bigint, size);
  writeBigint(into, start, value, size);
  return start + size;
}

/** Bytes of the head that `closeCollection` writes. */
export const collectionHeadBytes = 6;

/** Writes the head of a Map or Set whose content goes from `at + collectionHeadBytes` to `end`. */
export function closeCollection(
  into: Uint8Array,
  at: number,
  extension: number,
  end: number,
): number {
  put32(into, at, Tag.extension32, end - at - collectionHeadBytes);
  into[at + 5] = extension;
  return end;
}

/** Tag, size where the tag has not got it in it, and type. */
function extensionHeadSize(size: number): number {
  if (fixedTag(size) !== 0) return 2;
  return size < 0x100 ? 3 : 4;
}

function putExtensionHead(into: Uint8Array, at: number, extension: number, size: number): void {
  const fixed = fixedTag(size);
  if (fixed !== 0) {
    put8(into, at, fixed, extension);
  } else if (size < 0x100) {
    put16(into, at, Tag.extension8, (size << 8) | extension);
  } else {
    put16(into, at, Tag.extension16, size);
    into[at + 3] = extension;
  }
}

/** The tag that has this size in it; 0 when there is none. */
function fixedTag(size: number): number {
  if (size === 1) return Tag.extension1;
  if (size === 2) return Tag.extension2;
  if (size === 4) return Tag.extension4;
  if (size === 8) return Tag.extension8Fixed;
  return size === 16 ? Tag.extension16Fixed : 0;
}
