// Outbound queue: what waits to be sent on one stream, in two priorities (reference §5.0).
// Main thread. Filled by stream-socket.ts; drained into the stream a load at a time, the next when
// the system has taken the one before.
// Invariant: a block is sent whole before the next one starts, and one of low priority only when
// none of high priority waits.

import type { Writable } from "node:stream";
import { WriteWarning } from "./write-warning.ts";

export type OutboundHandlers = {
  /** KiB that wait: at the warning figure and each doubling of it; 0: all is sent again. */
  readonly onWarning: (kib: number) => void;
  /** Nothing waits any more. */
  readonly onDrained: () => void;
};

const joinBytesMax = 16 * 1024; // small blocks in one piece cost less than a vector of them

/** Queues with something to send: they are flushed together, when the present work is done. */
let unsent: OutboundQueue[] = [];

function flushAll(): void {
  const queues = unsent;
  unsent = [];
  for (const queue of queues) queue.flush();
}

export class OutboundQueue {
  readonly #stream: Writable;
  readonly #warning: WriteWarning;
  readonly #handlers: OutboundHandlers;
  #high: Uint8Array[] = [];
  #highBytes = 0;
  #low: Uint8Array[] = [];
  #lowFirst = 0;
  /** Bytes that wait, those the system has not taken among them. */
  #bytes = 0;
  #sendingBytes = 0;
  #isQueued = false;

  constructor(stream: Writable, warningBytes: number, handlers: OutboundHandlers) {
    this.#stream = stream;
    this.#warning = new WriteWarning(warningBytes, handlers.onWarning);
    this.#handlers = handlers;
  }

  get bytes(): number {
    return this.#bytes;
  }

  // hot: bench gate-echo
  push(block: Uint8Array, { isLow }: { readonly isLow: boolean }): void {
    if (block.length === 0) return;
    if (isLow) {
      this.#low.push(block);
    } else {
      this.#high.push(block);
      this.#highBytes += block.length;
    }
    this.#bytes += block.length;
    this.#warning.observe(this.#bytes);
    if (this.#isQueued || this.#sendingBytes > 0) return;
    this.#isQueued = true;
    if (unsent.push(this) === 1) process.nextTick(flushAll);
  }

  /** Hands the next load to the stream. */
  flush(): void {
    this.#isQueued = false;
    if (this.#sendingBytes > 0 || this.#bytes === 0 || !this.#stream.writable) return;
    if (this.#high.length > 0) this.#sendHigh();
    else this.#send(this.#takeLow());
  }

  #sendHigh(): void {
    const blocks = this.#high;
    const bytes = this.#highBytes;
    this.#high = [];
    this.#highBytes = 0;
    if (blocks.length === 1) {
      this.#send(blocks[0] as Uint8Array);
    } else if (bytes <= joinBytesMax) {
      this.#send(Buffer.concat(blocks, bytes));
    } else {
      this.#stream.cork();
      const last = blocks.pop() as Uint8Array;
      for (const block of blocks) this.#stream.write(block);
      this.#send(last, bytes);
      this.#stream.uncork();
    }
  }

  #takeLow(): Uint8Array {
    const block = this.#low[this.#lowFirst] as Uint8Array;
    this.#lowFirst++;
    if (this.#lowFirst === this.#low.length) {
      this.#low = [];
      this.#lowFirst = 0;
    }
    return block;
  }

  #send(block: Uint8Array, bytes = block.length): void {
    this.#sendingBytes = bytes;
    this.#stream.write(block, this.#sent);
  }

  readonly #sent = (error?: Error | null): void => {
    this.#bytes -= this.#sendingBytes;
    this.#sendingBytes = 0;
    if (error) return; // the stream tells of it
    if (this.#bytes > 0) {
      this.flush();
      return;
    }
    this.#warning.drained();
    this.#handlers.onDrained();
  };
}
