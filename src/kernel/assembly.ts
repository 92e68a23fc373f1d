// Assembly: a message that arrives in pieces, until the last piece is in.
// Pure. Fed by outbox.ts and by readers of links.
// Invariant: never holds more than messageBytesMax; the pieces of one sender are consecutive.

import { FrameFlag, frameHeaderBytes, frameHeaderWords, FrameWord } from "../../wire/frame.ts";

const growthMin = 128 * 1024;

export class Assembly {
  readonly #bytesMax: number;
  #words: Uint32Array;
  #bytes: Uint8Array;
  #length: number;

  /** Starts with the first piece, whose header becomes the message's. */
  constructor(words: Uint32Array, at: number, bytesMax: number) {
    const length = words[at] as number;
    this.#bytesMax = bytesMax;
    this.#words = new Uint32Array(growthMin / 4);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#length = frameHeaderBytes;
    this.#words.set(words.subarray(at, at + frameHeaderWords));
    const kindAndFlags = this.#words[FrameWord.kindAndFlags] as number;
    this.#words[FrameWord.kindAndFlags] = kindAndFlags & ~(FrameFlag.more << 8);
    this.#append(words, at, length);
  }

  /** The message so far, header first; whole after the last piece. */
  get words(): Uint32Array {
    this.#words[FrameWord.length] = this.#length;
    return this.#words;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a piece's body. False when the message would pass its bound. */
  add(words: Uint32Array, at: number): boolean {
    const length = words[at] as number;
    if (this.#length + length - frameHeaderBytes > this.#bytesMax) return false;
    this.#append(words, at, length);
    return true;
  }

  #append(words: Uint32Array, at: number, length: number): void {
    const bodyBytes = length - frameHeaderBytes;
    const end = this.#length + bodyBytes;
    if (end > this.#bytes.length) this.#grow(end);
    const start = words.byteOffset + at * 4 + frameHeaderBytes;
    this.#bytes.set(new Uint8Array(words.buffer, start, bodyBytes), this.#length);
    this.#length = end;
  }

  #grow(end: number): void {
    let size = this.#bytes.length;
    while (size < end) size *= 2;
    const words = new Uint32Array(size / 4);
    words.set(this.#words);
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}
