// Bounded writer: what is written to one connection and not yet read by its peer.
// Main thread. Fed by connection.ts; drained by the socket.
// Invariant: never more than `writeBytesMax` bytes wait; the write that would pass it ends the
// connection instead.

import type { Writable } from "node:stream";
import { RoundCork } from "./round-cork.ts";

export type WriterOptions = {
  readonly writeBytesMax: number;
  /** The peer reads too slowly; `waitingBytes` are lost with the connection. Called once. */
  readonly onOverflow: (waitingBytes: number) => void;
};

export class BoundedWriter {
  readonly #stream: Writable;
  readonly #options: WriterOptions;
  readonly #cork: RoundCork;
  #isOver = false;

  constructor(stream: Writable, options: WriterOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#cork = new RoundCork(stream);
  }

  get waitingBytes(): number {
    return this.#stream.writableLength;
  }

  /** Writes, or returns false when the connection has ended or ends by this write. */
  // hot: bench gate-echo
  write(data: Uint8Array | string): boolean {
    if (this.#isOver || !this.#stream.writable) return false;
    const bytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    if (this.#stream.writableLength + bytes > this.#options.writeBytesMax) {
      this.#isOver = true;
      this.#options.onOverflow(this.#stream.writableLength);
      return false;
    }
    this.#cork.cork();
    this.#stream.write(data);
    return true;
  }
}
