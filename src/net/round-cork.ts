// Round cork: what is written to one stream in one go, however many writes it was, leaves in one
// system call.
// Main thread. Used by bounded-writer.ts and websocket-stream.ts, before each write.
// Invariant: a stream that was corked is uncorked when the present work is done.

import type { Writable } from "node:stream";

export class RoundCork {
  readonly #stream: Writable;
  #isCorked = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#stream.uncork();
    });
  }
}
