// Byte queue: frames one behind the other in one growing buffer of 32-bit words.
// Any thread, one owner. Filled by mailboxes and links, drained by the same.
// Invariant: a frame lies in one piece, from `headAt()`; a skip mark (length 0) sends the reader
// back to word 0; a buffer is one queue's, or a spare.

import { frameStride } from "../../wire/frame.ts";

const wordsMin = 256; // 1 KiB: an idle service costs no more than this
const wordsKeptMax = 64 * wordsMin; // an emptied queue gives a larger buffer back
const spareWordsMax = 2 * 1024 * 1024; // 8 MiB: holds forwardBytesMax with what is around it
const sparesMax = 2; // a thread's fullest mailbox and its fullest link
const wordCopyMax = 64; // above 256 bytes TypedArray.set beats a loop

/** Words from `at` to before `end`: one frame, or several one behind the other. */
export type Run = { at: number; end: number };

/** Copies the run to word `to` of `into`. */
export function copyRun(words: Uint32Array, run: Run, into: Uint32Array, to: number): void {
  const { at, end } = run;
  if (end - at > wordCopyMax) {
    into.set(words.subarray(at, end), to);
    return;
  }
  const shift = to - at;
  for (let index = at; index < end; index++) into[index + shift] = words[index] as number;
}

/** Copies the frame at word `at` to word `to` of `into`; returns the words it takes. */
export function copyFrame(words: Uint32Array, at: number, into: Uint32Array, to: number): number {
  const count = frameStride(words[at] as number) >>> 2;
  if (count > wordCopyMax) {
    into.set(words.subarray(at, at + count), to);
    return count;
  }
  for (let index = 0; index < count; index++) into[to + index] = words[at + index] as number;
  return count;
}

/**
 * Large buffers that emptied queues of this thread have given back, for the next ones that grow: a
 * queue that fills and empties many times a second would else allocate megabytes each time.
 */
const spares: Uint32Array[] = [];

/** At least `count` words, with any content. */
function takeBuffer(count: number): Uint32Array {
  if (count > wordsKeptMax) {
    const index = spares.findIndex(({ length }) => length >= count);
    if (index >= 0) return spares.splice(index, 1)[0] as Uint32Array;
  }
  return new Uint32Array(count);
}

/** Nobody reads it any more. The largest ones stay. */
function giveBuffer(words: Uint32Array): void {
  if (words.length <= wordsKeptMax || words.length > spareWordsMax) return;
  spares.push(words);
  if (spares.length <= sparesMax) return;
  spares.sort((one, other) => other.length - one.length);
  spares.length = sparesMax;
}

export class ByteQueue {
  #words: Uint32Array = new Uint32Array(wordsMin);
  #head = 0;
  #tail = 0;
  #depth = 0;
  #usedWords = 0;

  /** Frames waiting. */
  get depth(): number {
    return this.#depth;
  }

  /** Bytes of the frames waiting, padding included. */
  get bytes(): number {
    return this.#usedWords * 4;
  }

  /** The buffer that holds the frames; valid until the next push. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Word index of the oldest frame in `words`. Only when depth > 0. */
  headAt(): number {
    if (this.#head === this.#words.length || this.#words[this.#head] === 0) this.#head = 0;
    return this.#head;
  }

  /** Copies the frame at word `at` to the end of the queue. */
  push(words: Uint32Array, at: number): void {
    const to = this.#reserve(frameStride(words[at] as number) >>> 2);
    const count = copyFrame(words, at, this.#words, to);
    this.#tail = to + count;
    this.#usedWords += count;
    this.#depth++;
  }

  /** Forgets the oldest frame. Only when depth > 0. */
  drop(): void {
    const at = this.headAt();
    const count = frameStride(this.#words[at] as number) >>> 2;
    this.#head = at + count;
    this.#usedWords -= count;
    if (--this.#depth === 0) this.#reset();
  }

  /**
   * Forgets the `frames` oldest frames, which lie in one run of `words` words. Only when they are
   * there.
   */
  dropRun(frames: number, words: number): void {
    this.#head = this.headAt() + words;
    this.#usedWords -= words;
    this.#depth -= frames;
    if (this.#depth === 0) this.#reset();
  }

  /** Word index where `count` words fit, after making room for them. */
  #reserve(count: number): number {
    const capacity = this.#words.length;
    if (this.#tail >= this.#head) {
      if (this.#tail + count <= capacity) return this.#tail;
      if (count < this.#head) {
        if (this.#tail < capacity) this.#words[this.#tail] = 0;
        return 0;
      }
    } else if (this.#tail + count < this.#head) {
      return this.#tail;
    }
    this.#grow(count);
    return this.#tail;
  }

  #grow(count: number): void {
    let capacity = this.#words.length * 2;
    while (capacity < this.#usedWords + count) capacity *= 2;
    const before = this.#words;
    const words = takeBuffer(capacity);
    let to = 0;
    for (let left = this.#depth; left > 0; left--) {
      const at = this.headAt();
      const length = copyFrame(this.#words, at, words, to);
      this.#head = at + length;
      to += length;
    }
    this.#words = words;
    this.#head = 0;
    this.#tail = to;
    giveBuffer(before);
  }

  /** Empty: starts at the front again, and gives a large buffer back. */
  #reset(): void {
    this.#head = 0;
    this.#tail = 0;
    if (this.#words.length <= wordsKeptMax) return;
    giveBuffer(this.#words);
    this.#words = new Uint32Array(wordsMin);
  }
}
