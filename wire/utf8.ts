// UTF-8 without the host's TextEncoder: an isolate has none. Neutral: host and guest.
// Malformed bytes read as TextDecoder reads them: one U+FFFD for each longest start of a sequence.
// Invariant: a lone surrogate is written as U+FFFD; neither direction throws.

import {
  ReflectApply,
  SafeArray,
  StringFromCharCode,
  StringPrototypeCharCodeAt as charCodeAt,
  TypedArrayPrototypeGetLength as lengthOf,
} from "./primordials.ts";

const chunkUnits = 1024; // String.fromCharCode arguments at a time: far below any engine's limit
const replacement = 0xfffd;

/** Bytes that `writeUtf8` needs for `text`. */
export function utf8Length(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = charCodeAt(text, index);
    if (unit < 0x80) continue;
    size += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text, index + 1)) index++;
  }
  return size;
}

/** How many units of `text` fit in `bytesMax` bytes; never one half of a surrogate pair. */
export function unitsWithin(text: string, bytesMax: number): number {
  let size = 0;
  let index = 0;
  while (index < text.length) {
    const unit = charCodeAt(text, index);
    const isPair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text, index + 1);
    size += isPair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    if (size > bytesMax) return index;
    index += isPair ? 2 : 1;
  }
  return index;
}

/**
 * Writes `text` at `at` and returns the end, or -1 when `into` is too short (what was written is
 * then void).
 */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  let position = at;
  const room = lengthOf(into);
  for (let index = 0; index < text.length; index++) {
    let point = charCodeAt(text, index);
    if (point < 0x80) {
      if (position >= room) return -1;
      into[position++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      if (point < 0xdc00 && isLowSurrogate(text, index + 1)) {
        index++;
        point = 0x1_0000 + ((point - 0xd800) << 10) + (charCodeAt(text, index) - 0xdc00);
      } else {
        point = replacement;
      }
    }
    const size = point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    if (position + size > room) return -1;
    if (size === 2) {
      into[position++] = 0xc0 | (point >> 6);
    } else if (size === 3) {
      into[position++] = 0xe0 | (point >> 12);
      into[position++] = 0x80 | ((point >> 6) & 0x3f);
    } else {
      into[position++] = 0xf0 | (point >> 18);
      into[position++] = 0x80 | ((point >> 12) & 0x3f);
      into[position++] = 0x80 | ((point >> 6) & 0x3f);
    }
    into[position++] = 0x80 | (point & 0x3f);
  }
  return position;
}

function isLowSurrogate(text: string, index: number): boolean {
  if (index >= text.length) return false;
  return (charCodeAt(text, index) & 0xfc00) === 0xdc00;
}

/** Reads the text in [from, to). The caller has checked that `bytes` goes that far. */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  let position = from;
  while (position < to) {
    const size = to - position;
    // No more units than bytes; one place more, as a pair may pass the chunk's end.
    const units = new SafeArray<number>(size < chunkUnits ? size : chunkUnits + 1);
    const count = readUnits(bytes, position, to, units);
    position = unitsEnd;
    if (count < units.length) units.length = count;
    text += ReflectApply(StringFromCharCode, undefined, units);
  }
  return text;
}

/** Where the bytes that `readUnits` has read end. */
let unitsEnd = 0;

/** Fills `units` up to chunkUnits and returns how many there are. */
function readUnits(bytes: Uint8Array, from: number, to: number, units: number[]): number {
  let count = 0;
  let position = from;
  while (position < to && count < chunkUnits) {
    const first = bytes[position++] as number;
    if (first < 0x80) {
      units[count++] = first;
      continue;
    }
    const point = readPoint(bytes, position, to, first);
    position = pointEnd;
    if (point >= 0x1_0000) {
      units[count++] = 0xd7c0 + (point >> 10);
      units[count++] = 0xdc00 | (point & 0x3ff);
    } else {
      units[count++] = point;
    }
  }
  unitsEnd = position;
  return count;
}

/** Where the code point that `readPoint` gave ends. */
let pointEnd = 0;

/** The code point whose first byte is `first` and whose other bytes start at `at`. */
function readPoint(bytes: Uint8Array, at: number, to: number, first: number): number {
  pointEnd = at;
  if (first < 0xc2 || first > 0xf4) return replacement;
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  // The second byte's range refuses overlong forms, surrogates and points over U+10FFFF.
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let point = first & (0x3f >> more);
  for (let index = 0; index < more; index++) {
    const next = pointEnd < to ? (bytes[pointEnd] as number) : 0;
    if (next < low || next > high) return replacement;
    point = (point << 6) | (next & 0x3f);
    pointEnd++;
    low = 0x80;
    high = 0xbf;
  }
  return point;
}
