// Xor: bytes under a key that is repeated as often as it takes, Skynet's xor_str. Pure: host,
// clients, guests.
// Invariant: doing it twice with one key gives the bytes back. It hides nothing from anybody.

import { cryptBytes, cryptInvalid, type BytesOrText } from "./crypt-input.ts";

/** crypt.xor_str. */
export function xorStr(data: BytesOrText, key: BytesOrText): Uint8Array {
  const bytes = cryptBytes("xorStr: the data", data);
  const mask = cryptBytes("xorStr: the key", key);
  if (mask.length === 0) throw cryptInvalid("xorStr: the key is empty; it must have a byte");
  return Uint8Array.from(bytes, (byte, index) => byte ^ (mask[index % mask.length] as number));
}
