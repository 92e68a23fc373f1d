// Text cache: short texts read lately: names of commands and fields come again and again.
// Host and guest; hot: bench/micro/wire/codec. Fed by unpack.ts; the bytes may be shared memory.
// A row of `cells` holds a text's bytes. A text's size and four of its bytes tell its pair of rows.
// Invariant: a hit is decided by comparing every byte, so the cache never changes what is read.

import { MathImul, ReflectApply, SafeUint8Array, StringFromCharCode } from "./primordials.ts";
import { readUtf8 } from "./utf8.ts";

/** Longer texts are seldom names. */
export const shortTextBytesMax = 24;

const replacement = 0xfffd;
const pairs = 512;
const sizes = new SafeUint8Array(pairs * 2); // 0: an empty row
const cells = new SafeUint8Array(pairs * 2 * shortTextBytesMax);
const texts: string[] = [];
for (let row = 0; row < pairs * 2; row++) texts[row] = "";
/** For each size, a list of that size to make a text from. */
const unitsBySize: number[][] = [];
for (let size = 0; size <= shortTextBytesMax; size++) {
  const units: number[] = [];
  for (let index = 0; index < size; index++) units[index] = 0;
  unitsBySize[size] = units;
}
/** Which row of a pair the next text goes to: 0 and 1 in turn. */
let turn = 0;

/**
 * The text of `size` bytes at `at`, at most shortTextBytesMax of them. The caller has checked the
 * range.
 */
export function readShortText(bytes: Uint8Array, at: number, size: number): string {
  if (size < 2) {
    if (size === 0) return "";
    const unit = bytes[at] as number;
    return StringFromCharCode(unit < 0x80 ? unit : replacement);
  }
  const ends = ((bytes[at] as number) << 8) | (bytes[at + size - 1] as number);
  const inner = ((bytes[at + (size >> 1)] as number) << 8) | (bytes[at + size - 2] as number);
  const mixed = MathImul(ends, 0x9e37_79b1) + MathImul(inner + size, 0x85eb_ca6b);
  const row = ((mixed ^ (mixed >>> 15)) >>> 6) & ((pairs - 1) * 2);
  if (isAt(row, bytes, at, size)) return texts[row] as string;
  if (isAt(row + 1, bytes, at, size)) return texts[row + 1] as string;
  turn ^= 1;
  return remember(row + turn, bytes, at, size);
}

/** True when the text in `row` is made of exactly these bytes. */
function isAt(row: number, bytes: Uint8Array, at: number, size: number): boolean {
  if (sizes[row] !== size) return false;
  const cell = row * shortTextBytesMax;
  for (let index = 0; index < size; index++) {
    if (cells[cell + index] !== bytes[at + index]) return false;
  }
  return true;
}

/** Reads the text from its row's cell, where nobody else can change the bytes. */
function remember(row: number, bytes: Uint8Array, at: number, size: number): string {
  const units = unitsBySize[size] as number[];
  const cell = row * shortTextBytesMax;
  let seen = 0;
  for (let index = 0; index < size; index++) {
    const byte = bytes[at + index] as number;
    seen |= byte;
    cells[cell + index] = byte;
    units[index] = byte;
  }
  const text =
    seen < 0x80
      ? ReflectApply(StringFromCharCode, undefined, units)
      : readUtf8(cells, cell, cell + size);
  sizes[row] = size;
  texts[row] = text;
  return text;
}
