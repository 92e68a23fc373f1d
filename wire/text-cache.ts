// Text cache: short ASCII texts read lately. Command and field names come again and again. Neutral;
// hot: bench/micro/wire/codec. Fed by unpack.ts with the bytes of a text, which may be shared memory.
// Invariant: a hit is decided by comparing every byte, so the cache never changes what is read.

import { MathImul, StringPrototypeCharCodeAt as charCodeAt } from "./primordials.ts";
import { readUtf8 } from "./utf8.ts";

/** Longer texts are seldom names. */
export const shortTextBytesMax = 24;

const slots = 512;
const texts: string[] = [];
for (let slot = 0; slot < slots; slot++) texts[slot] = "";

/** The text in [from, to), at most shortTextBytesMax bytes. */
export function readShortText(bytes: Uint8Array, from: number, to: number): string {
  const size = to - from;
  let hash = size;
  for (let at = from; at < to; at++) hash = (MathImul(hash, 31) + (bytes[at] as number)) | 0;
  const slot = (hash ^ (hash >>> 9)) & (slots - 1);
  const known = texts[slot] as string;
  if (known.length === size && isTextAt(known, bytes, from)) return known;
  return remember(slot, bytes, from, to);
}

function isTextAt(text: string, bytes: Uint8Array, from: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (charCodeAt(text, index) !== bytes[from + index]) return false;
  }
  return true;
}

function remember(slot: number, bytes: Uint8Array, from: number, to: number): string {
  const text = readUtf8(bytes, from, to);
  // A text with other characters is shorter than its bytes, or is compared by their values: keep ASCII only.
  for (let index = 0; index < text.length; index++) {
    if (charCodeAt(text, index) >= 0x80) return text;
  }
  texts[slot] = text;
  return text;
}
