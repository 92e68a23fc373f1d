// Assembly: a message that arrives in pieces, until the last piece is in.
// Pure. Fed by outbox.ts.
// Invariant: never holds more than messageBytesMax; the pieces of one sender are consecutive.

import { FrameFlag, frameHeaderBytes, frameHeaderWords, FrameWord } from "../../wire/frame.ts";

const growthMin = 128 * 1024;

export class Assembly {
  readonly #bytesMax: number;
  #words: Uint32Array;
  #bytes: Uint8Array;
  #length = frameHeaderBytes;
  #isOver = false;

  /**
   * Takes the header of the first piece, which becomes the message's; then `add` takes each piece.
   */
  constructor(words: Uint32Array, at: number, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#words = words.slice(at, at + frameHeaderWords);
    this.#bytes = new Uint8Array(this.#words.buffer);
    const kindAndFlags = this.#words[FrameWord.kindAndFlags] as number;
    this.#words[FrameWord.kindAndFlags] = kindAndFlags & ~(FrameFlag.more << 8);
  }

  /**
   * The message so far, header first; whole after the last piece. Only the header when it is over
   * its bound.
   */
  get words(): Uint32Array {
    this.#words[FrameWord.length] = this.#length;
    return this.#words;
  }

  /**
   * The message has passed its bound: nothing of it is kept, and its pieces are still to be
   * skipped.
   */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Adds a piece's body, unless the message passes its bound with it. */
  add(words: Uint32Array, at: number): void {
    const bodyBytes = (words[at] as number) - frameHeaderBytes;
    const end = this.#length + bodyBytes;
    if (this.#isOver || end > this.#bytesMax) {
      this.#giveUp();
      return;
    }
    if (end > this.#bytes.length) this.#grow(end);
    const start = words.byteOffset + at * 4 + frameHeaderBytes;
    this.#bytes.set(new Uint8Array(words.buffer, start, bodyBytes), this.#length);
    this.#length = end;
  }

  #giveUp(): void {
    this.#isOver = true;
    this.#length = frameHeaderBytes;
    this.#words = this.#words.slice(0, frameHeaderWords);
  }

  #grow(end: number): void {
    let size = Math.max(this.#bytes.length, growthMin);
    while (size < end) size *= 2;
    const words = new Uint32Array(size / 4);
    words.set(this.#words);
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
  }
}
