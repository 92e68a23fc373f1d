// Frame cutter: bodies behind their length in two or four bytes, big-endian (reference §6.1, §6.7).
// The caller's own process. Fed by stream-connection.ts with a stream that is split anywhere.
// Invariant: it keeps at most one incomplete frame, in memory that grows with what has come, not
// with the length that was announced.

import { CodedError } from "../wire/coded-error.ts";
import type { Cutter } from "./connection.ts";

export type PrefixBytes = 2 | 4;

const firstBytes = 64 * 1024;

/** Longest body that a length of so many bytes can announce. */
export const bodyBytesMax = (prefixBytes: PrefixBytes): number => 2 ** (8 * prefixBytes) - 1;

/** The body behind its length. Fails with MESSAGE_TOO_LARGE. */
export function prefixed(body: Uint8Array, prefixBytes: PrefixBytes, bytesMax: number): Buffer {
  if (body.length > bytesMax) {
    const text = `a frame to this server holds at most ${bytesMax} bytes, not ${body.length}`;
    throw new CodedError("MESSAGE_TOO_LARGE", text);
  }
  const frame = Buffer.allocUnsafe(prefixBytes + body.length);
  frame.writeUIntBE(body.length, 0, prefixBytes);
  frame.set(body, prefixBytes);
  return frame;
}

export class FrameCutter implements Cutter<Uint8Array> {
  readonly #prefixBytes: PrefixBytes;
  readonly #bytesMax: number;
  #length = 0;
  #lengthBytes = 0;
  #body = Buffer.alloc(0);
  #filled = 0;

  constructor(prefixBytes: PrefixBytes, bytesMax: number) {
    this.#prefixBytes = prefixBytes;
    this.#bytesMax = bytesMax;
  }

  /** What is missing of a frame that has begun; undefined between frames. */
  get incomplete(): string | undefined {
    if (this.#lengthBytes === 0) return undefined;
    return this.#lengthBytes < this.#prefixBytes
      ? `${this.#lengthBytes} of ${this.#prefixBytes} bytes of a frame's length`
      : `${this.#filled} of ${this.#length} bytes of a frame`;
  }

  /** Hands out copies. Fails with PEER_MALFORMED. */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#lengthBytes < this.#prefixBytes) {
        this.#length = this.#length * 256 + (chunk[at++] as number);
        if (++this.#lengthBytes < this.#prefixBytes) continue;
        this.#refuseOverlong();
      }
      const isWhole = this.#filled === 0 && chunk.length - at >= this.#length;
      const end = isWhole ? at + this.#length : this.#fill(chunk, at);
      const frame = isWhole ? chunk.subarray(at, end) : this.#body.subarray(0, this.#length);
      at = end;
      if (isWhole || this.#filled === this.#length) this.#hand(Uint8Array.from(frame), onFrame);
    }
  }

  /** The state is the next frame's before anybody sees this one. */
  #hand(frame: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.#length = this.#lengthBytes = this.#filled = 0;
    if (this.#body.length > firstBytes) this.#body = Buffer.alloc(0);
    onFrame(frame);
  }

  #refuseOverlong(): void {
    if (this.#length <= this.#bytesMax) return;
    const bound = `at most ${this.#bytesMax} are taken`;
    const text = `a frame of ${this.#length} bytes is announced; ${bound}`;
    throw new CodedError("PEER_MALFORMED", text);
  }

  #fill(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#length - this.#filled, chunk.length - at);
    const needed = this.#filled + count;
    if (needed > this.#body.length) this.#grow(needed);
    this.#body.set(chunk.subarray(at, at + count), this.#filled);
    this.#filled = needed;
    return at + count;
  }

  #grow(needed: number): void {
    const bytes = Math.min(this.#bytesMax, Math.max(firstBytes, needed, this.#body.length * 2));
    const grown = Buffer.allocUnsafeSlow(bytes);
    grown.set(this.#body.subarray(0, this.#filled));
    this.#body = grown;
  }
}
