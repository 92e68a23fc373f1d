// Random key: eight bytes from a source of chance, Skynet's randomkey. Pure: host, clients, guests.
// Fed by node:crypto on a client, by bytes of the host or Math.random in an isolate, by a seed in a
// test.
// Invariant: a key is never zero, which dhExchange would refuse.

import { cryptInvalid } from "./crypt-input.ts";

/** Gives `count` random bytes; node:crypto's randomBytes is one. */
export type RandomBytes = (count: number) => Uint8Array;

const keyBytes = 8;

/** crypt.randomkey. */
export function randomKey(randomBytes: RandomBytes): Uint8Array {
  const drawn: unknown = randomBytes(keyBytes);
  if (!(drawn instanceof Uint8Array) || drawn.length !== keyBytes) {
    const got = drawn instanceof Uint8Array ? `${drawn.length} bytes` : typeof drawn;
    throw cryptInvalid(`randomKey: the source gave ${got}; it must give a Uint8Array of 8 bytes`);
  }
  const key = Uint8Array.from(drawn);
  let parity = 0;
  for (const byte of key) parity ^= byte;
  // As Skynet does it: more than zero alone is avoided, at the cost of one bit in 256 keys.
  if (parity === 0) key[0] = (key[0] as number) | 1;
  return key;
}
