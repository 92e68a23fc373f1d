// Little-endian: 32-bit words in bytes, the lowest byte first, as MD5 and Skynet's keys have them.
// Pure; used by this folder only.
// Invariant: the caller has checked that the bytes go that far.

/** Signed: callers combine words with bit operators alone. */
export function readWord(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}
