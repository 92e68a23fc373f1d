// Prefixed frames: bodies behind their length in two or four bytes, big-endian, as Skynet's gates
// have them (reference §6.1, §6.7).
// Main thread. The reader is fed with the chunks of one connection, split anywhere.
// Invariant: a reader keeps at most one incomplete frame, in at most twice the memory of what has
// come of it; a frame of length zero is a frame.

import { CodedError } from "../../wire/coded-error.ts";
import { netLimits } from "./net-limits.ts";

/** How many bytes a length has. */
export type PrefixBytes = 2 | 4;

export type PrefixedOptions = {
  /** Default 2. */
  readonly prefixBytes?: PrefixBytes;
  /** Default: what two bytes can say. */
  readonly bodyBytesMax?: number;
  /** A longer body is announced: the stream cannot be read on. Called once. */
  readonly onOversized?: (bodyBytes: number) => void;
};

/** What is set aside for a body whose first bytes have come; the rest when it comes. */
const firstBytes = 4096;

/** The body behind its length. Fails with MESSAGE_TOO_LARGE over 65,535 bytes, or `bytesMax`. */
export function prefixFrame(
  body: Uint8Array,
  prefixBytes: PrefixBytes = 2,
  bytesMax: number = netLimits.prefixedBytesMax,
): Buffer {
  if (body.length > bytesMax) {
    throw new CodedError(
      "MESSAGE_TOO_LARGE",
      `a frame of this connection holds at most ${bytesMax} bytes, not ${body.length}`,
    );
  }
  const frame = Buffer.allocUnsafe(prefixBytes + body.length);
  frame.writeUIntBE(body.length, 0, prefixBytes);
  frame.set(body, prefixBytes);
  return frame;
}

export class PrefixedReader {
  readonly #onFrame: (body: Uint8Array) => void;
  readonly #onOversized: (bodyBytes: number) => void;
  readonly #prefixBytes: number;
  readonly #bodyBytesMax: number;
  /** What has come of a length. */
  #length = 0;
  #lengthBytes = 0;
  /** Body that is being collected, as far as there is room for it. */
  #body: Buffer | undefined;
  #filled = 0;
  #isOver = false;
  #isHeld = false;
  /** What is left of the chunk in which it was held. */
  #rest: Uint8Array | undefined;

  /**
   * `onFrame` gets each body; a whole one is a view of the chunk, valid as long as the chunk is.
   */
  constructor(onFrame: (body: Uint8Array) => void, options: PrefixedOptions = {}) {
    this.#onFrame = onFrame;
    this.#onOversized = options.onOversized ?? (() => {});
    this.#prefixBytes = options.prefixBytes ?? 2;
    this.#bodyBytesMax = options.bodyBytesMax ?? netLimits.prefixedBytesMax;
  }

  /** True between frames: a stream that ends here has ended well. */
  get isBetweenFrames(): boolean {
    return this.#lengthBytes === 0;
  }

  /** Memory that is held for the incomplete frame, and for what was pushed while it was held. */
  get heldBytes(): number {
    return (this.#body?.length ?? 0) + (this.#rest?.length ?? 0);
  }

  /** Takes nothing more; `onFrame` may call it. */
  stop(): void {
    this.#isOver = true;
    this.#body = undefined;
    this.#rest = undefined;
  }

  /** Gives no frame until `release`; `onFrame` may call it. What is pushed meanwhile is kept. */
  hold(): void {
    this.#isHeld = true;
  }

  /** True when it has come to the end of what was pushed; `onFrame` may hold it again. */
  release(): boolean {
    this.#isHeld = false;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.push(rest);
    return this.#rest === undefined;
  }

  // hot: bench gate-echo
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#isOver && !this.#isHeld) {
      const isInLength = this.#lengthBytes < this.#prefixBytes;
      at = isInLength ? this.#begin(chunk, at) : this.#collect(chunk, at);
    }
    if (at < chunk.length && this.#isHeld) this.#keep(chunk.subarray(at));
  }

  #keep(bytes: Uint8Array): void {
    this.#rest = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
  }

  /** Reads on in a length, and the body when all of it is here. */
  #begin(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#lengthBytes < this.#prefixBytes && at < chunk.length) {
      this.#length = this.#length * 256 + (chunk[at++] as number);
      this.#lengthBytes++;
    }
    if (this.#lengthBytes < this.#prefixBytes) return at;
    if (this.#length > this.#bodyBytesMax) {
      this.#isOver = true;
      this.#onOversized(this.#length);
      return at;
    }
    const end = at + this.#length;
    if (end > chunk.length) return at;
    this.#complete(chunk.subarray(at, end));
    return end;
  }

  #collect(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#length - this.#filled, chunk.length - at);
    const body = this.#withRoom(this.#filled + count);
    body.set(chunk.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === this.#length) this.#complete(body);
    return at + count;
  }

  /** Memory follows what has come, not what was announced. */
  #withRoom(needed: number): Buffer {
    const body = this.#body;
    if (body !== undefined && body.length >= needed) return body;
    const size = Math.min(this.#length, Math.max(needed, firstBytes, 2 * this.#filled));
    const larger = Buffer.allocUnsafeSlow(size);
    if (body !== undefined) larger.set(body.subarray(0, this.#filled));
    this.#body = larger;
    return larger;
  }

  #complete(body: Uint8Array): void {
    this.#length = 0;
    this.#lengthBytes = 0;
    this.#body = undefined;
    this.#filled = 0;
    this.#onFrame(body);
  }
}
