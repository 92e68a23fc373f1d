// Prefixed frames: bodies behind their length in two bytes, big-endian, as Skynet's gate has them
// (reference §6.1).
// Main thread. The reader is fed with the chunks of one connection, split anywhere.
// Invariant: a reader keeps at most one incomplete frame; a frame of length zero is a frame.

import { CodedError } from "../../wire/coded-error.ts";
import { netLimits } from "./net-limits.ts";

const prefixBytes = 2;

/** The body behind its length. Fails with MESSAGE_TOO_LARGE over 65,535 bytes. */
export function prefixFrame(body: Uint8Array): Buffer {
  if (body.length > netLimits.prefixedBytesMax) {
    throw new CodedError(
      "MESSAGE_TOO_LARGE",
      `a frame with a two-byte length holds at most ${netLimits.prefixedBytesMax} bytes, not ` +
        `${body.length}`,
    );
  }
  const frame = Buffer.allocUnsafe(prefixBytes + body.length);
  frame.writeUInt16BE(body.length, 0);
  frame.set(body, prefixBytes);
  return frame;
}

export class PrefixedReader {
  readonly #onFrame: (body: Uint8Array) => void;
  /** First byte of a length whose second has not come yet. */
  #highByte = -1;
  /** Body that is being collected. */
  #body: Buffer | undefined;
  #filled = 0;

  /**
   * `onFrame` gets each body; a whole one is a view of the chunk, valid as long as the chunk is.
   */
  constructor(onFrame: (body: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** True between frames: a stream that ends here has ended well. */
  get isBetweenFrames(): boolean {
    return this.#highByte < 0 && this.#body === undefined;
  }

  // hot: bench gate-echo
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length)
      at = this.#body === undefined ? this.#begin(chunk, at) : this.#fill(chunk, at);
  }

  /** Reads a length, and the body when all of it is here. */
  #begin(chunk: Uint8Array, at: number): number {
    if (this.#highByte < 0 && at + 1 === chunk.length) {
      this.#highByte = chunk[at] as number;
      return at + 1;
    }
    const isSplit = this.#highByte >= 0;
    const high = isSplit ? this.#highByte : (chunk[at] as number);
    const bodyAt = isSplit ? at + 1 : at + prefixBytes;
    const length = (high << 8) | (chunk[bodyAt - 1] as number);
    this.#highByte = -1;
    if (bodyAt + length <= chunk.length) {
      this.#onFrame(chunk.subarray(bodyAt, bodyAt + length));
      return bodyAt + length;
    }
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
    return bodyAt;
  }

  #fill(chunk: Uint8Array, at: number): number {
    const body = this.#body as Buffer;
    const count = Math.min(body.length - this.#filled, chunk.length - at);
    body.set(chunk.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === body.length) {
      this.#body = undefined;
      this.#onFrame(body);
    }
    return at + count;
  }
}
