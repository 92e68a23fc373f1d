// HMAC: a keyed digest out of a plain one (RFC 2104). Pure; used by md5.ts and sha1.ts.
// Invariant: a key longer than a block is replaced by its digest; a shorter one is padded by zeros.

/** Digest of the parts, one after the other. */
export type Hash = (parts: readonly Uint8Array[]) => Uint8Array;

const blockBytes = 64;

export function hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > blockBytes ? hash([key]) : key;
  return hash([masked(short, 0x5c), hash([masked(short, 0x36), data])]);
}

function masked(key: Uint8Array, mask: number): Uint8Array {
  const block = new Uint8Array(blockBytes).fill(mask);
  for (const [index, byte] of key.entries()) block[index] = byte ^ mask;
  return block;
}
