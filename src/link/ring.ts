// Ring: one direction between two shards, a byte stream in shared memory. One thread writes, one
// reads.
// Words 0 and 1 are the head (reader's) and the tail (writer's), counted in words modulo 2^32; the
// data follows.
// Invariant: the tail is stored after the words it covers, so a reader that sees it sees them; a
// frame larger than the ring goes through bit by bit.

import {
  emptyHeader,
  frameHeaderWords,
  frameStride,
  isWellFormed,
  readHeader,
} from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { ByteQueue } from "../kernel/byte-queue.ts";
import type { Link, LinkReader } from "../kernel/link.ts";

/** Indexes of the control words of a ring. */
export const RingWord = { head: 0, tail: 16 } as const; // 64 bytes apart: a cache line each

const dataWord = 32;
const frameBytesMax = 1 << 30; // nothing larger is a frame: the stream has fallen out of step
const frameWordsKept = 16 * 1024; // a reader that met a large frame gives its buffer back
const wordCopyMax = 64; // above 256 bytes TypedArray.set beats a loop

/** `bytes` is a power of 2. */
export function ringMemory(bytes: number = limits.ringBytes): SharedArrayBuffer {
  return new SharedArrayBuffer(dataWord * 4 + bytes);
}

/** The writing end; `wake` rouses the reading shard when it sleeps. */
export class RingWriter implements Link {
  readonly #state: Int32Array;
  readonly #data: Uint32Array;
  readonly #mask: number;
  readonly #backlog = new ByteQueue();
  readonly #congestedBytes: number;
  readonly #wake: () => void;
  /** Head as of the last look: the reader only adds to the room there was. */
  #head: number;
  #tail: number;
  /** Words of the backlog's oldest frame that are in the ring already. */
  #sentOfHead = 0;

  constructor(
    memory: SharedArrayBuffer,
    wake: () => void,
    congestedBytes: number = limits.linkBacklogBytesMax,
  ) {
    this.#state = new Int32Array(memory, 0, dataWord);
    this.#data = new Uint32Array(memory, dataWord * 4);
    this.#mask = this.#data.length - 1;
    this.#congestedBytes = congestedBytes;
    this.#wake = wake;
    this.#head = Atomics.load(this.#state, RingWord.head);
    this.#tail = Atomics.load(this.#state, RingWord.tail);
  }

  get backlogBytes(): number {
    return this.#backlog.bytes;
  }

  get isCongested(): boolean {
    return this.#backlog.bytes > this.#congestedBytes;
  }

  get hasBacklog(): boolean {
    return this.#backlog.depth > 0;
  }

  // hot: bench/micro/link/ring
  write(words: Uint32Array, at: number, length: number): void {
    const count = frameStride(length) >>> 2;
    if (this.#backlog.depth > 0 || count > this.#roomFor(count)) {
      this.#backlog.push(words, at);
      this.pump();
      return;
    }
    this.#copy(words, at, count);
    this.#publish();
  }

  pump(): boolean {
    let hasMoved = false;
    while (this.#backlog.depth > 0) {
      const { words } = this.#backlog;
      const at = this.#backlog.headAt();
      const left = (frameStride(words[at] as number) >>> 2) - this.#sentOfHead;
      const count = Math.min(left, this.#roomFor(left));
      if (count === 0) break;
      this.#copy(words, at + this.#sentOfHead, count);
      this.#sentOfHead += count;
      hasMoved = true;
      if (count < left) break;
      this.#backlog.drop();
      this.#sentOfHead = 0;
    }
    if (hasMoved) this.#publish();
    return hasMoved;
  }

  /** Free words; looks at the reader's head only when the room known of is less than `count`. */
  #roomFor(count: number): number {
    const known = this.#data.length - ((this.#tail - this.#head) | 0);
    if (known >= count) return known;
    this.#head = Atomics.load(this.#state, RingWord.head);
    return this.#data.length - ((this.#tail - this.#head) | 0);
  }

  #copy(words: Uint32Array, at: number, count: number): void {
    const data = this.#data;
    const mask = this.#mask;
    const start = this.#tail & mask;
    if (count > wordCopyMax) {
      const first = Math.min(count, data.length - start);
      data.set(words.subarray(at, at + first), start);
      if (first < count) data.set(words.subarray(at + first, at + count), 0);
    } else {
      for (let index = 0; index < count; index++) {
        data[(start + index) & mask] = words[at + index] as number;
      }
    }
    this.#tail = (this.#tail + count) | 0;
  }

  #publish(): void {
    Atomics.store(this.#state, RingWord.tail, this.#tail);
    this.#wake();
  }
}

/** The reading end. */
export class RingReader implements LinkReader {
  readonly #state: Int32Array;
  readonly #data: Uint32Array;
  readonly #mask: number;
  readonly #header = emptyHeader();
  #head: number;
  #frame = new Uint32Array(frameHeaderWords);
  /** Words of the present frame that are in `#frame`; 0 between frames. */
  #received = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, dataWord);
    this.#data = new Uint32Array(memory, dataWord * 4);
    this.#mask = this.#data.length - 1;
    this.#head = Atomics.load(this.#state, RingWord.head);
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#state, RingWord.tail) === this.#head;
  }

  // hot: bench/micro/link/ring
  read(each: (words: Uint32Array, at: number) => void, framesMax: number): number {
    const tail = Atomics.load(this.#state, RingWord.tail);
    if (tail === this.#head) return 0;
    let frames = 0;
    while (frames < framesMax && this.#head !== tail) {
      const isWhole = this.#received === 0 ? this.#readInPlace(each, tail) : false;
      if (!isWhole && !this.#readPart(each, tail)) break;
      frames++;
    }
    Atomics.store(this.#state, RingWord.head, this.#head);
    return frames;
  }

  /**
   * Hands on the next frame where it lies, when all of it is there and it does not go over the
   * ring's end.
   */
  #readInPlace(each: (words: Uint32Array, at: number) => void, tail: number): boolean {
    const at = this.#head & this.#mask;
    const there = Math.min((tail - this.#head) | 0, this.#data.length - at);
    if (there < frameHeaderWords) return false;
    this.#check(this.#data, at);
    const count = frameStride(this.#header.length) >>> 2;
    if (count > there) return false;
    each(this.#data, at);
    this.#head = (this.#head + count) | 0;
    return true;
  }

  /**
   * Takes what is there of the next frame into a buffer of its own; true when that was the rest of
   * it.
   */
  #readPart(each: (words: Uint32Array, at: number) => void, tail: number): boolean {
    if (this.#received < frameHeaderWords) {
      this.#take(frameHeaderWords - this.#received, tail);
      if (this.#received < frameHeaderWords) return false;
      this.#check(this.#frame, 0);
      this.#makeRoom();
    }
    const count = frameStride(this.#header.length) >>> 2;
    this.#take(count - this.#received, tail);
    if (this.#received < count) return false;
    this.#received = 0;
    each(this.#frame, 0);
    if (this.#frame.length > frameWordsKept) this.#frame = new Uint32Array(frameHeaderWords);
    return true;
  }

  /**
   * A broken header would never let the stream fall in step again: that is the end of this host.
   */
  #check(words: Uint32Array, at: number): void {
    readHeader(words, at, this.#header);
    if (isWellFormed(this.#header, frameBytesMax)) return;
    const { length, flags, session } = this.#header;
    throw new Error(
      `ring between shards holds a malformed frame: length ${length}, flags ${flags}, session ` +
        `${session}`,
    );
  }

  #makeRoom(): void {
    const count = frameStride(this.#header.length) >>> 2;
    if (count <= this.#frame.length) return;
    const frame = new Uint32Array(count);
    frame.set(this.#frame.subarray(0, frameHeaderWords));
    this.#frame = frame;
  }

  /** Moves up to `wanted` words into `#frame`. */
  #take(wanted: number, tail: number): void {
    const count = Math.min(wanted, (tail - this.#head) | 0);
    const start = this.#head & this.#mask;
    const first = Math.min(count, this.#data.length - start);
    this.#frame.set(this.#data.subarray(start, start + first), this.#received);
    if (first < count) {
      this.#frame.set(this.#data.subarray(0, count - first), this.#received + first);
    }
    this.#received += count;
    this.#head = (this.#head + count) | 0;
  }
}
