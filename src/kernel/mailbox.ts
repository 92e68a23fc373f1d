// Mailbox: the frames that wait for one service, oldest first, within bounds of count and bytes.
// One shard. Fed by router.ts, drained by inbox.ts a batch at a time.
// Invariant: what was accepted is delivered once, in order, or handed to `drain` when the service
// ends.

import { FrameWord, frameStride, isReply } from "../../wire/frame.ts";
import { ByteQueue } from "./byte-queue.ts";

export type MailboxBounds = { depthMax: number; bytesMax: number };

export class Mailbox {
  readonly #depthMax: number;
  readonly #bytesMax: number;
  #queue = new ByteQueue();
  /** Where messages wait while the service is replaced; replies and the passer's go on. */
  #parked: ByteQueue | undefined;
  #passer = 0;
  /** Body bytes of the oldest frame that went out already, when it travels in pieces. */
  sentOfHead = 0;

  constructor({ depthMax, bytesMax }: MailboxBounds) {
    this.#depthMax = depthMax;
    this.#bytesMax = bytesMax;
  }

  get depth(): number {
    return this.#queue.depth;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get words(): Uint32Array {
    return this.#queue.words;
  }

  get isParked(): boolean {
    return this.#parked !== undefined;
  }

  /** From here on messages wait, those that are there too, but for replies and `passer`'s. */
  park(passer: number): void {
    const queue = this.#queue;
    this.#queue = new ByteQueue();
    this.#parked = new ByteQueue();
    this.#passer = passer;
    while (queue.depth > 0) {
      this.#queueFor(queue.words, queue.headAt()).push(queue.words, queue.headAt());
      queue.drop();
    }
  }

  /** What has waited goes on, in its order, behind what was let through. */
  unpark(): void {
    const parked = this.#parked ?? new ByteQueue();
    this.#parked = undefined;
    while (parked.depth > 0) {
      this.#queue.push(parked.words, parked.headAt());
      parked.drop();
    }
  }

  /** Takes out what is next, but for what is parked. */
  setAside(): ByteQueue {
    const queue = this.#queue;
    this.#queue = new ByteQueue();
    return queue;
  }

  /** In front of all else. */
  putBack(queue: ByteQueue): void {
    const later = this.#queue;
    this.#queue = queue;
    while (later.depth > 0) {
      queue.push(later.words, later.headAt());
      later.drop();
    }
  }

  /** Forgets what was let through. */
  clear(): void {
    this.#queue = new ByteQueue();
    this.sentOfHead = 0;
  }

  #queueFor(words: Uint32Array, at: number): ByteQueue {
    const isPassing = isReply(words, at) || words[at + FrameWord.source] === this.#passer;
    return this.#parked === undefined || isPassing ? this.#queue : this.#parked;
  }

  headAt(): number {
    return this.#queue.headAt();
  }

  /** Accepts a copy of the frame, or refuses it (false) when that would pass a bound. */
  // hot: bench/micro/kernel/frame-path
  push(words: Uint32Array, at: number): boolean {
    const queue = this.#parked === undefined ? this.#queue : this.#queueFor(words, at);
    if (queue.depth >= this.#depthMax) return false;
    if (queue.bytes + frameStride(words[at] as number) > this.#bytesMax) return false;
    queue.push(words, at);
    return true;
  }

  /**
   * As `push`, with a reserve of a quarter above the bounds. For replies: a service under a flood
   * of messages still hears the answers to its own requests.
   */
  pushReserved(words: Uint32Array, at: number): boolean {
    const queue = this.#queue;
    const bytes = queue.bytes + frameStride(words[at] as number);
    if (queue.depth >= withReserve(this.#depthMax)) return false;
    if (bytes > withReserve(this.#bytesMax)) return false;
    queue.push(words, at);
    return true;
  }

  /**
   * Accepts a copy of the frame whatever the bounds say: the start message, which nobody can be
   * refused.
   */
  pushUnbounded(words: Uint32Array, at: number): void {
    this.#queue.push(words, at);
  }

  /**
   * As `push`, beyond the bounds: for events of sockets, which the host bounds by what the service
   * says it has taken, and which cannot be refused without a hole in a stream of bytes.
   */
  pushCredited(words: Uint32Array, at: number): void {
    this.#queueFor(words, at).push(words, at);
  }

  /** Forgets the oldest frame: it was delivered whole. */
  drop(): void {
    this.sentOfHead = 0;
    this.#queue.drop();
  }

  /**
   * Forgets the `frames` oldest frames, which lie in one run of `words` words: they were delivered
   * whole.
   */
  dropRun(frames: number, words: number): void {
    this.#queue.dropRun(frames, words);
  }

  /** Hands every waiting frame to `each` and empties the mailbox. */
  drain(each: (words: Uint32Array, at: number) => void): void {
    this.unpark();
    while (this.#queue.depth > 0) {
      each(this.#queue.words, this.#queue.headAt());
      this.drop();
    }
  }
}

/** A bound and the quarter above it that only replies may use. */
export function withReserve(bound: number): number {
  return bound + (bound >> 2);
}
