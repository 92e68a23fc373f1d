// Mailbox: the frames that wait for one service, oldest first, within bounds of count and bytes.
// One shard. Fed by router.ts, drained by inbox.ts a batch at a time.
// Invariant: what was accepted is delivered once, in order, or handed to `drain` when the service
// ends.

import { frameStride } from "../../wire/frame.ts";
import { ByteQueue } from "./byte-queue.ts";

export type MailboxBounds = { depthMax: number; bytesMax: number };

export class Mailbox {
  readonly #depthMax: number;
  readonly #bytesMax: number;
  readonly #queue = new ByteQueue();
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

  headAt(): number {
    return this.#queue.headAt();
  }

  /** Accepts a copy of the frame, or refuses it (false) when that would pass a bound. */
  // hot: bench/micro/kernel/frame-path
  push(words: Uint32Array, at: number): boolean {
    const queue = this.#queue;
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
