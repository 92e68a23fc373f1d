// Diffie-Hellman: two sides agree on eight secret bytes, Skynet's dhexchange and dhsecret.
// Pure: host, clients, guests. Powers modulo the largest prime below 2^64, to the base 5.
// 64 bits are few: this keeps a token from being read along the way, not from who records the
// login and computes; and the time it takes tells of the key's bits.
// Invariant: 64 steps at the most, whatever the keys.

import { cryptInvalid, cryptKey, type BytesOrText } from "./crypt-input.ts";
import { readWord, writeWord } from "./little-endian.ts";

const prime = 0xffff_ffff_ffff_ffc5n;
const base = 5n;

/** crypt.dhexchange: what the other side may know of this side's key. */
export function dhExchange(key: BytesOrText): Uint8Array {
  return bytesOf(power(base, numberOf("dhExchange: the key", key)));
}

/** crypt.dhsecret: what both sides have in the end, from the other's exchange and one's own key. */
export function dhSecret(exchanged: BytesOrText, key: BytesOrText): Uint8Array {
  const theirs = numberOf("dhSecret: the exchanged value", exchanged);
  return bytesOf(power(theirs, numberOf("dhSecret: the key", key)));
}

function numberOf(what: string, value: BytesOrText): bigint {
  const bytes = cryptKey(what, value);
  const high = BigInt(readWord(bytes, 4) >>> 0);
  const number = (high << 32n) | BigInt(readWord(bytes, 0) >>> 0);
  if (number === 0n) throw cryptInvalid(`${what} is zero; any other eight bytes are allowed`);
  return number;
}

function power(of: bigint, exponent: bigint): bigint {
  let product = 1n;
  let square = of % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) product = (product * square) % prime;
    square = (square * square) % prime;
  }
  return product;
}

function bytesOf(number: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  writeWord(bytes, 0, Number(number & 0xffff_ffffn));
  writeWord(bytes, 4, Number(number >> 32n));
  return bytes;
}
