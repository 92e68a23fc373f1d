// Bigint bytes: two's complement, the highest byte first, no more than needed. Host and guest.
// Fed by pack-extension.ts and unpack.ts.
// Invariant: at most packBigintBytesMax bytes, so the hexadecimal text in between is short.

import { limits } from "./limits.ts";
import {
  BigIntAsIntN,
  BigIntAsUintN,
  BigIntPrototypeToString,
  NumberParseInt,
  NumberPrototypeToString,
  SafeBigInt,
  StringPrototypeSlice,
} from "./primordials.ts";

const largest = (1n << SafeBigInt(limits.packBigintBytesMax * 8 - 1)) - 1n;
const smallest = -largest - 1n;

/** Bytes that `value` needs; 0 when that is more than packBigintBytesMax. */
export function bigintSize(value: bigint): number {
  if (value > largest || value < smallest) return 0;
  const magnitude = BigIntPrototypeToString(value < 0n ? ~value : value, 16);
  // The sign takes a bit: when the first digit is 8 or more of a full byte, one byte more.
  const isFull = magnitude.length % 2 === 0 && NumberParseInt(magnitude[0] as string, 16) >= 8;
  return ((magnitude.length + 1) >> 1) + (isFull ? 1 : 0);
}

/** Writes `value` as `size` bytes at `at`, where the caller has checked that there is room. */
export function writeBigint(into: Uint8Array, at: number, value: bigint, size: number): void {
  const digits = BigIntPrototypeToString(BigIntAsUintN(size * 8, value), 16);
  for (let index = size - 1, last = digits.length; index >= 0; index--, last -= 2) {
    const pair = last > 0 ? StringPrototypeSlice(digits, last > 1 ? last - 2 : 0, last) : "0";
    into[at + index] = NumberParseInt(pair, 16);
  }
}

export function readBigint(bytes: Uint8Array, at: number, size: number): bigint {
  let digits = "0x";
  for (let index = 0; index < size; index++) {
    const byte = bytes[at + index] as number;
    digits += byte < 0x10 ? "0" : "";
    digits += NumberPrototypeToString(byte, 16);
  }
  return BigIntAsIntN(size * 8, SafeBigInt(digits));
}
