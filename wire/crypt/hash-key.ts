// Hash key: eight bytes for a text of any length, Skynet's hashkey. Pure: host, clients, guests.
// Two string hashes side by side, DJB's and Justin Sobel's, low word first.
// Invariant: no cryptographic hash. It spreads, and does not resist who looks for collisions.

import { cryptBytes, type BytesOrText } from "./crypt-input.ts";
import { writeWord } from "./little-endian.ts";

/** crypt.hashkey. */
export function hashKey(text: BytesOrText): Uint8Array {
  let djb = 5381;
  let sobel = 1_315_423_911;
  for (const byte of cryptBytes("hashKey: the text", text)) {
    djb = (djb + (djb << 5) + byte) | 0;
    sobel ^= (sobel << 5) + byte + (sobel >>> 2);
  }
  const key = new Uint8Array(8);
  writeWord(key, 0, djb);
  writeWord(key, 4, sobel);
  return key;
}
