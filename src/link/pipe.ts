// Pipe: frames over a byte stream between two processes, many in one write.
// One thread at each end. Written and read by shards; the stream is a Unix-domain socket.
// Invariant: a frame is written whole and in order; what comes in is checked before it is a frame,
// for the process at the other end may be hostile.

import { emptyHeader, frameHeaderBytes, frameStride, readHeader } from "../../wire/frame.ts";
import { isWellFormed } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import type { Link, LinkReader } from "../kernel/link.ts";

/** What the writer needs of a socket. */
export type ByteSink = {
  write(bytes: Uint8Array): boolean;
  /** Bytes that the operating system has not taken yet. */
  readonly writableLength: number;
  readonly writable: boolean;
};

const batchWords = 16 * 1024; // 64 KiB: what the kernel takes in one go
const bufferBytesMin = 64 * 1024;
const bufferKeptBytesMax = 1024 * 1024; // a reader that met a large frame gives its buffer back

/** The writing end: frames wait for `pump`, which the loop calls once a round. */
export class PipeWriter implements Link {
  readonly #sink: ByteSink;
  readonly #batch = new Uint32Array(batchWords);
  readonly #bytes = new Uint8Array(this.#batch.buffer);
  readonly #congestedBytes: number;
  #used = 0;

  constructor(sink: ByteSink, congestedBytes: number = limits.linkBacklogBytesMax) {
    this.#sink = sink;
    this.#congestedBytes = congestedBytes;
  }

  get backlogBytes(): number {
    return this.#used * 4 + this.#sink.writableLength;
  }

  get isCongested(): boolean {
    return this.backlogBytes > this.#congestedBytes;
  }

  /** Something waits for `pump`; what the operating system is slow to take does not. */
  get hasBacklog(): boolean {
    return this.#used > 0;
  }

  write(words: Uint32Array, at: number, length: number): void {
    const count = frameStride(length) >>> 2;
    if (this.#used + count > batchWords) this.pump();
    if (count > batchWords) {
      const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, count * 4);
      this.#send(bytes.slice());
      return;
    }
    this.#batch.set(words.subarray(at, at + count), this.#used);
    this.#used += count;
  }

  pump(): boolean {
    if (this.#used === 0) return false;
    this.#send(this.#bytes.slice(0, this.#used * 4));
    this.#used = 0;
    return true;
  }

  /** To a process that has gone nothing is written; whoever waits on it is told by its host. */
  #send(bytes: Uint8Array): void {
    if (this.#sink.writable) this.#sink.write(bytes);
  }
}

/** The reading end: takes chunks of any size, hands on whole frames. */
export class PipeReader implements LinkReader {
  readonly #frameBytesMax: number;
  readonly #onMalformed: (what: string) => void;
  readonly #header = emptyHeader();
  #bytes = new Uint8Array(bufferBytesMin);
  #words = new Uint32Array(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  #isBroken = false;

  /** `onMalformed` is told once; nothing is read after that. */
  constructor(frameBytesMax: number, onMalformed: (what: string) => void) {
    this.#frameBytesMax = frameBytesMax;
    this.#onMalformed = onMalformed;
  }

  /** Bytes that have come in and are not read. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  get isEmpty(): boolean {
    return this.#frameLength() === 0;
  }

  push(chunk: Uint8Array): void {
    if (this.#isBroken) return;
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  read(each: (words: Uint32Array, at: number) => void, framesMax: number): number {
    let frames = 0;
    while (frames < framesMax) {
      const length = this.#frameLength();
      if (length === 0) break;
      const at = this.#start >>> 2;
      const words = this.#words;
      this.#start += frameStride(length);
      each(words, at);
      frames++;
    }
    if (this.#start === this.#end) this.#reset();
    return frames;
  }

  /** Length of the next frame when all of it is there; else 0. */
  #frameLength(): number {
    const there = this.#end - this.#start;
    if (this.#isBroken || there < frameHeaderBytes) return 0;
    const { length, flags, session } = readHeader(this.#words, this.#start >>> 2, this.#header);
    if (!isWellFormed(this.#header, this.#frameBytesMax)) {
      this.#isBroken = true;
      this.#onMalformed(`a frame of ${length} bytes with flags ${flags} and session ${session}`);
      return 0;
    }
    return frameStride(length) <= there ? length : 0;
  }

  #makeRoom(bytes: number): void {
    const pending = this.#end - this.#start;
    let capacity = bufferBytesMin;
    while (capacity < pending + bytes) capacity *= 2;
    const larger = capacity > this.#bytes.length ? new Uint8Array(capacity) : this.#bytes;
    larger.set(this.#bytes.subarray(this.#start, this.#end));
    if (larger !== this.#bytes) this.#words = new Uint32Array(larger.buffer);
    this.#bytes = larger;
    this.#start = 0;
    this.#end = pending;
  }

  #reset(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.length <= bufferKeptBytesMax) return;
    this.#bytes = new Uint8Array(bufferBytesMin);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }
}
