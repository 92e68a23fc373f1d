// Hex: bytes as pairs of hexadecimal digits, Skynet's hexencode and hexdecode. Pure: host, clients,
// guests.
// Invariant: one text for each sequence of bytes: capitals are refused, as in Skynet.

import { readUtf8 } from "../utf8.ts";
import { cryptBytes, cryptInvalid, type BytesOrText } from "./crypt-input.ts";

/** crypt.hexencode. */
export function hexEncode(data: BytesOrText): string {
  const bytes = cryptBytes("hexEncode: the data", data);
  const digits = new Uint8Array(bytes.length * 2);
  let at = 0;
  for (const byte of bytes) {
    digits[at++] = digitOf(byte >> 4);
    digits[at++] = digitOf(byte & 15);
  }
  return readUtf8(digits, 0, digits.length);
}

function digitOf(value: number): number {
  return value + (value < 10 ? 0x30 : 0x57);
}

/** crypt.hexdecode. */
export function hexDecode(text: BytesOrText): Uint8Array {
  const digits = cryptBytes("hexDecode: the text", text);
  if (digits.length % 2 !== 0) {
    throw cryptInvalid(`hexDecode: the text has ${digits.length} digits; it must be pairs of them`);
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = (valueAt(digits, at * 2) << 4) | valueAt(digits, at * 2 + 1);
  }
  return bytes;
}

function valueAt(digits: Uint8Array, at: number): number {
  const digit = digits[at] as number;
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  if (digit >= 0x61 && digit <= 0x66) return digit - 0x57;
  const shown = `0x${digit.toString(16)}`;
  throw cryptInvalid(`hexDecode: byte ${shown} at ${at} is no digit; 0 to 9 and a to f are`);
}
