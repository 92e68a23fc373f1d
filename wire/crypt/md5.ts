// MD5: the digest, its hexadecimal text and its HMAC: Skynet's module md5. Pure: host, clients,
// guests.
// The rounds are exported for hmac64.ts, which is built on them without the rest.
// Invariant: the input is read in place, 64 bytes at a time, and never copied as a whole.

import { cryptBytes, type BytesOrText } from "./crypt-input.ts";
import { hexEncode } from "./hex.ts";
import { hmac, type Hash } from "./hmac.ts";
import { readWord, writeWord } from "./little-endian.ts";
import { forEachBlock } from "./message-blocks.ts";

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** The integer parts of 2^32 times the sines of 1 to 64. */
const sines = Int32Array.from({ length: 64 }, (_, index) =>
  Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32),
);

/** a, b, c, d as they are before the first block. */
export function md5Start(): Int32Array {
  return Int32Array.of(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476);
}

/** The 64 rounds of one block, without adding to the sums what was there before. */
export function md5Rounds(words: Int32Array, sums: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0] = sums;
  for (let round = 0; round < 64; round++) {
    const quarter = round >> 4;
    const mixed = mix(quarter, b, c, d);
    const word = words[wordIndex(quarter, round)] as number;
    const turned = (a + mixed + (sines[round] as number) + word) | 0;
    const shift = shifts[quarter * 4 + (round & 3)] as number;
    a = d;
    d = c;
    c = b;
    b = (b + ((turned << shift) | (turned >>> (32 - shift)))) | 0;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

function mix(quarter: number, b: number, c: number, d: number): number {
  if (quarter === 0) return (b & c) | (~b & d);
  if (quarter === 1) return (d & b) | (~d & c);
  return quarter === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

function wordIndex(quarter: number, round: number): number {
  if (quarter === 0) return round;
  if (quarter === 1) return (5 * round + 1) & 15;
  return (quarter === 2 ? 3 * round + 5 : 7 * round) & 15;
}

const digest: Hash = (parts) => {
  const sums = md5Start();
  const words = new Int32Array(16);
  const before = new Int32Array(4);
  forEachBlock(parts, "little", (block) => {
    for (let index = 0; index < 16; index++) words[index] = readWord(block, index * 4);
    before.set(sums);
    md5Rounds(words, sums);
    for (let index = 0; index < 4; index++) {
      sums[index] = (sums[index] as number) + (before[index] as number);
    }
  });
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 4; index++) writeWord(bytes, index * 4, sums[index] as number);
  return bytes;
};

/** md5.sum. */
export function md5Sum(data: BytesOrText): Uint8Array {
  return digest([cryptBytes("md5Sum: the data", data)]);
}

/** md5.sumhexa. */
export function md5SumHexa(data: BytesOrText): string {
  return hexEncode(digest([cryptBytes("md5SumHexa: the data", data)]));
}

/** md5.hmacmd5: the data comes first, and the result is hexadecimal, as in Skynet. */
export function hmacMd5(data: BytesOrText, key: BytesOrText): string {
  const bytes = cryptBytes("hmacMd5: the data", data);
  return hexEncode(hmac(digest, cryptBytes("hmacMd5: the key", key), bytes));
}
