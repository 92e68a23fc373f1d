// Message blocks: a message of several parts as MD5 and SHA-1 read it, padded, 64 bytes at a time.
// Pure; used by md5.ts and sha1.ts.
// Invariant: one block's memory, however long the message is; a block is valid until the next one.

const blockBytes = 64;
const lengthBytes = 8;

/**
 * Calls `take` with each block: the parts one after the other, 0x80, zeros, and the number of bits.
 */
export function forEachBlock(
  parts: readonly Uint8Array[],
  order: "little" | "big",
  take: (block: Uint8Array) => void,
): void {
  const block = new Uint8Array(blockBytes);
  let length = 0;
  let filled = 0;
  for (const part of parts) {
    length += part.length;
    for (let at = 0; at < part.length;) {
      const count = Math.min(blockBytes - filled, part.length - at);
      block.set(part.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < blockBytes) continue;
      take(block);
      filled = 0;
    }
  }
  block[filled++] = 0x80;
  block.fill(0, filled);
  if (filled > blockBytes - lengthBytes) {
    take(block);
    block.fill(0);
  }
  writeBits(block, length, order === "little");
  take(block);
}

function writeBits(block: Uint8Array, bytes: number, isLittle: boolean): void {
  let rest = bytes * 8;
  for (let index = 0; index < lengthBytes; index++) {
    block[isLittle ? blockBytes - lengthBytes + index : blockBytes - 1 - index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}
