// Mailbox: the frames that wait for one service, oldest first, within bounds of count and bytes.
// One shard. Fed by router.ts, drained by inbox.ts a batch at a time.
// Invariant: what was accepted is delivered once, in order, or handed to `drain` when the service ends.

import { frameStride, isReply } from "../../wire/frame.ts";
import { ByteQueue } from "./byte-queue.ts";

export type MailboxBounds = { depthMax: number; bytesMax: number };

export class Mailbox {
  readonly #bounds: MailboxBounds;
  readonly #queue = new ByteQueue();
  /** Body bytes of the oldest frame that went out already, when it travels in pieces. */
  sentOfHead = 0;

  constructor(bounds: MailboxBounds) {
    this.#bounds = bounds;
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
  push(words: Uint32Array, at: number, length: number): boolean {
    const queue = this.#queue;
    const { depthMax, bytesMax } = this.#bounds;
    if (queue.depth < depthMax && queue.bytes + frameStride(length) <= bytesMax) {
      queue.push(words, at, length);
      return true;
    }
    return isReply(words, at) && this.#pushReply(words, at, length);
  }

  /**
   * Replies may use a reserve of a quarter above the bounds: a service under a flood of messages
   * still hears the answers to its own requests.
   */
  #pushReply(words: Uint32Array, at: number, length: number): boolean {
    const { depthMax, bytesMax } = this.#bounds;
    if (this.#queue.depth >= depthMax + (depthMax >> 2)) return false;
    if (this.#queue.bytes + frameStride(length) > bytesMax + (bytesMax >> 2)) return false;
    this.#queue.push(words, at, length);
    return true;
  }

  /** Forgets the oldest frame: it was delivered whole. */
  drop(): void {
    this.sentOfHead = 0;
    this.#queue.drop();
  }

  /** Hands every waiting frame to `each` and empties the mailbox. */
  drain(each: (words: Uint32Array, at: number) => void): void {
    while (this.#queue.depth > 0) {
      each(this.#queue.words, this.#queue.headAt());
      this.drop();
    }
  }
}
