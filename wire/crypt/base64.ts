// Base64: bytes as text of 64 letters, Skynet's base64encode and base64decode. Pure: host, clients,
// guests.
// Reading is as lenient as Skynet's: letters of no meaning are passed over, missing padding at the
// end is filled in, and a text may go on after padding. Unlike there, they may also end the text.
// Invariant: encoding pads; decoding what was encoded gives the same bytes.

import { readUtf8 } from "../utf8.ts";
import { cryptBytes, cryptInvalid, type BytesOrText } from "./crypt-input.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const paddingLetter = 0x3d;
const foreign = -1;
const padding = -2;

const codes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const values = new Int8Array(256).fill(foreign);
for (const [value, code] of codes.entries()) values[code] = value;
values[paddingLetter] = padding;

/** crypt.base64encode. */
export function base64Encode(data: BytesOrText): string {
  const bytes = cryptBytes("base64Encode: the data", data);
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from;
    const second = left > 1 ? (bytes[from + 1] as number) : 0;
    const third = left > 2 ? (bytes[from + 2] as number) : 0;
    const group = ((bytes[from] as number) << 16) | (second << 8) | third;
    text[to] = codes[group >> 18] as number;
    text[to + 1] = codes[(group >> 12) & 63] as number;
    text[to + 2] = left > 1 ? (codes[(group >> 6) & 63] as number) : paddingLetter;
    text[to + 3] = left > 2 ? (codes[group & 63] as number) : paddingLetter;
  }
  return readUtf8(text, 0, text.length);
}

/** crypt.base64decode. */
export function base64Decode(text: BytesOrText): Uint8Array {
  const source = cryptBytes("base64Decode: the text", text);
  const bytes = new Uint8Array(Math.ceil(source.length / 4) * 3);
  const group = [0, 0, 0, 0];
  let length = 0;
  let filled = 0;
  for (let at = 0; at < source.length; at++) {
    const value = values[source[at] as number] as number;
    if (value === foreign) continue;
    group[filled++] = value;
    if (filled < 4) continue;
    length = writeGroup(group, bytes, length, at);
    filled = 0;
  }
  if (filled > 0) {
    length = writeGroup(group.fill(padding, filled), bytes, length, source.length);
  }
  return bytes.slice(0, length);
}

/** Writes one to three bytes and returns where they end. `at` is where the group has ended. */
function writeGroup(group: readonly number[], into: Uint8Array, to: number, at: number): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = group;
  const isPadded = third === padding ? fourth === padding : third >= 0;
  // The bits that padding leaves over are zero, so that no two texts are the same bytes.
  const rest = third === padding ? second & 15 : fourth === padding ? third & 3 : 0;
  if (first < 0 || second < 0 || !isPadded || rest !== 0) {
    throw cryptInvalid(
      `base64Decode: Invalid base64 text: before byte ${at} there are no four letters, or two or ` +
        "three of them with padding",
    );
  }
  into[to] = (first << 2) | (second >> 4);
  if (third === padding) return to + 1;
  into[to + 1] = (second << 4) | (third >> 2);
  if (fourth === padding) return to + 2;
  into[to + 2] = (third << 6) | fourth;
  return to + 3;
}
