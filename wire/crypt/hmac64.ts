// HMAC 64: the short keyed digests of Skynet's login, hmac64, hmac64_md5 and hmac_hash. Pure: host,
// clients, guests.
// One block of MD5 each. hmac64 leaves out MD5's padding and its last addition, and takes the high
// word of each number first; hmac64_md5 is MD5 proper of both numbers, three times over.
// Invariant: numbers are eight bytes, the low word first, in and out.

import { cryptKey, type BytesOrText } from "./crypt-input.ts";
import { hashKey } from "./hash-key.ts";
import { readWord, writeWord } from "./little-endian.ts";
import { md5Rounds, md5Start, md5Sum } from "./md5.ts";

/** crypt.hmac64. */
export function hmac64(one: BytesOrText, other: BytesOrText): Uint8Array {
  const x = cryptKey("hmac64: the first value", one);
  return digest(x, cryptKey("hmac64: the second value", other));
}

/** crypt.hmac_hash: hmac64 of the text's hashKey and the key. */
export function hmacHash(key: BytesOrText, text: BytesOrText): Uint8Array {
  const bytes = cryptKey("hmacHash: the key", key);
  return digest(hashKey(text), bytes);
}

function digest(x: Uint8Array, y: Uint8Array): Uint8Array {
  const words = new Int32Array(16);
  for (let at = 0; at < 16; at += 4) {
    words[at] = readWord(x, 4);
    words[at + 1] = readWord(x, 0);
    words[at + 2] = readWord(y, 4);
    words[at + 3] = readWord(y, 0);
  }
  const sums = md5Start();
  md5Rounds(words, sums);
  const [a = 0, b = 0, c = 0, d = 0] = sums;
  const result = new Uint8Array(8);
  writeWord(result, 0, c ^ d);
  writeWord(result, 4, a ^ b);
  return result;
}

/** crypt.hmac64_md5: the halves of MD5 over one another. */
export function hmac64Md5(one: BytesOrText, other: BytesOrText): Uint8Array {
  const pairs = new Uint8Array(48);
  const x = cryptKey("hmac64Md5: the first value", one);
  const y = cryptKey("hmac64Md5: the second value", other);
  for (let at = 0; at < pairs.length; at += 16) {
    pairs.set(x, at);
    pairs.set(y, at + 8);
  }
  const sum = md5Sum(pairs);
  return sum.subarray(0, 8).map((byte, index) => byte ^ (sum[index + 8] as number));
}
