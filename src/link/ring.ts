// Ring: one direction between two shards, a byte stream in shared memory. One thread writes, one reads.
// Words 0 and 1 are the head (reader's) and the tail (writer's), counted in words modulo 2^32; the data follows.
// Invariant: the tail is stored after the words it covers, so a reader that sees it sees them; a frame larger
// than the ring goes through bit by bit.

import {
  frameHeaderWords,
  frameStride,
  isWellFormed,
  readHeader,
  emptyHeader,
} from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { ByteQueue } from "../kernel/byte-queue.ts";
import type { Link, LinkReader } from "../kernel/link.ts";

const headWord = 0;
const tailWord = 1;
const dataWord = 16; // head and tail on a cache line of their own

export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(dataWord * 4 + limits.ringBytes);
}

/** The writing end; `wake` rouses the reading shard when it sleeps. */
export class RingWriter implements Link {
  readonly #state: Int32Array;
  readonly #data: Uint32Array;
  readonly #mask: number;
  readonly #backlog = new ByteQueue();
  readonly #wake: () => void;
  #tail = 0;
  /** Words of the backlog's oldest frame that are in the ring already. */
  #sentOfHead = 0;

  constructor(memory: SharedArrayBuffer, wake: () => void) {
    this.#state = new Int32Array(memory, 0, dataWord);
    this.#data = new Uint32Array(memory, dataWord * 4);
    this.#mask = this.#data.length - 1;
    this.#wake = wake;
  }

  get isCongested(): boolean {
    return this.#backlog.bytes > limits.linkBacklogBytesMax;
  }

  get hasBacklog(): boolean {
    return this.#backlog.depth > 0;
  }

  // hot: bench cross-shard-send
  write(words: Uint32Array, at: number, length: number): void {
    const count = frameStride(length) >>> 2;
    if (this.#backlog.depth > 0 || count > this.#room()) {
      this.#backlog.push(words, at, length);
      this.pump();
      return;
    }
    this.#copy(words, at, count);
    this.#publish();
  }

  pump(): boolean {
    let moved = false;
    while (this.#backlog.depth > 0) {
      const { words } = this.#backlog;
      const at = this.#backlog.headAt();
      const left = (frameStride(words[at] as number) >>> 2) - this.#sentOfHead;
      const count = Math.min(left, this.#room());
      if (count === 0) break;
      this.#copy(words, at + this.#sentOfHead, count);
      this.#sentOfHead += count;
      moved = true;
      if (count < left) break;
      this.#backlog.drop();
      this.#sentOfHead = 0;
    }
    if (moved) this.#publish();
    return moved;
  }

  #room(): number {
    return this.#data.length - ((this.#tail - Atomics.load(this.#state, headWord)) | 0);
  }

  #copy(words: Uint32Array, at: number, count: number): void {
    const data = this.#data;
    const start = this.#tail & this.#mask;
    if (count > 64) {
      const first = Math.min(count, data.length - start);
      data.set(words.subarray(at, at + first), start);
      data.set(words.subarray(at + first, at + count), 0);
    } else {
      for (let index = 0; index < count; index++) {
        data[(start + index) & this.#mask] = words[at + index] as number;
      }
    }
    this.#tail = (this.#tail + count) | 0;
  }

  #publish(): void {
    Atomics.store(this.#state, tailWord, this.#tail);
    this.#wake();
  }
}

/** The reading end. */
export class RingReader implements LinkReader {
  readonly #state: Int32Array;
  readonly #data: Uint32Array;
  readonly #mask: number;
  readonly #header = emptyHeader();
  #head = 0;
  #frame = new Uint32Array(1024);
  /** Words of the present frame that are in `#frame`; 0 between frames. */
  #received = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, dataWord);
    this.#data = new Uint32Array(memory, dataWord * 4);
    this.#mask = this.#data.length - 1;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#state, tailWord) === this.#head;
  }

  // hot: bench cross-shard-send
  read(each: (words: Uint32Array, at: number) => void, framesMax: number): number {
    const tail = Atomics.load(this.#state, tailWord);
    let frames = 0;
    while (frames < framesMax) {
      const there = (tail - this.#head) | 0;
      if (this.#received < frameHeaderWords) {
        this.#take(Math.min(frameHeaderWords - this.#received, there));
        if (this.#received < frameHeaderWords) break;
        this.#expect();
      }
      const count = frameStride(this.#header.length) >>> 2;
      this.#take(Math.min(count - this.#received, (tail - this.#head) | 0));
      if (this.#received < count) break;
      this.#received = 0;
      frames++;
      each(this.#frame, 0);
    }
    Atomics.store(this.#state, headWord, this.#head);
    return frames;
  }

  /** The header is in: checks it, since a broken one would never let the stream fall in step again. */
  #expect(): void {
    readHeader(this.#frame, 0, this.#header);
    if (!isWellFormed(this.#header, limits.messageBytesMax * 2)) {
      throw new Error(
        `ring between shards holds a malformed frame of ${this.#header.length} bytes`,
      );
    }
    const count = frameStride(this.#header.length) >>> 2;
    if (count <= this.#frame.length) return;
    const frame = new Uint32Array(count);
    frame.set(this.#frame.subarray(0, frameHeaderWords));
    this.#frame = frame;
  }

  #take(count: number): void {
    const start = this.#head & this.#mask;
    for (let index = 0; index < count; index++) {
      this.#frame[this.#received + index] = this.#data[(start + index) & this.#mask] as number;
    }
    this.#received += count;
    this.#head = (this.#head + count) | 0;
  }
}
