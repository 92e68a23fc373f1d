// SHA-1: the digest and its HMAC, Skynet's sha1 and hmac_sha1. Pure: host, clients, guests.
// Invariant: the input is read in place, 64 bytes at a time, and never copied as a whole.

import { cryptBytes, type BytesOrText } from "./crypt-input.ts";
import { hmac, type Hash } from "./hmac.ts";
import { forEachBlock } from "./message-blocks.ts";

const start = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
const constants = Int32Array.of(0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6);

const digest: Hash = (parts) => {
  const sums = Int32Array.from(start);
  const words = new Int32Array(80);
  forEachBlock(parts, "big", (block) => {
    expand(block, words);
    addRounds(words, sums);
  });
  const bytes = new Uint8Array(20);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = (sums[at >> 2] as number) >>> (24 - 8 * (at & 3));
  }
  return bytes;
};

function expand(block: Uint8Array, words: Int32Array): void {
  for (let at = 0; at < 64; at += 4) {
    words[at >> 2] =
      ((block[at] as number) << 24) |
      ((block[at + 1] as number) << 16) |
      ((block[at + 2] as number) << 8) |
      (block[at + 3] as number);
  }
  for (let index = 16; index < 80; index++) {
    const before = (words[index - 3] as number) ^ (words[index - 8] as number);
    const mixed = before ^ (words[index - 14] as number) ^ (words[index - 16] as number);
    words[index] = (mixed << 1) | (mixed >>> 31);
  }
}

function addRounds(words: Int32Array, sums: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = sums;
  for (let round = 0; round < 80; round++) {
    const quarter = Math.floor(round / 20);
    const turned = (a << 5) | (a >>> 27);
    const added = (constants[quarter] as number) + (words[round] as number);
    const next = (turned + mix(quarter, b, c, d) + e + added) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (const [index, sum] of [a, b, c, d, e].entries()) {
    sums[index] = (sums[index] as number) + sum;
  }
}

function mix(quarter: number, b: number, c: number, d: number): number {
  if (quarter === 0) return (b & c) | (~b & d);
  return quarter === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

/** crypt.sha1. */
export function sha1(data: BytesOrText): Uint8Array {
  return digest([cryptBytes("sha1: the data", data)]);
}

/** crypt.hmac_sha1: the key comes first, as in Skynet. */
export function hmacSha1(key: BytesOrText, data: BytesOrText): Uint8Array {
  const bytes = cryptBytes("hmacSha1: the key", key);
  return hmac(digest, bytes, cryptBytes("hmacSha1: the data", data));
}
