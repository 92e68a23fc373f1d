// Write warning: tells when bytes pile up for a peer that reads slowly (reference §5.0).
// Main thread. Told by outbound-queue.ts and websocket-stream.ts of what waits.
// Invariant: one warning at the first figure and at each doubling of it, and one of 0 when all that
// was warned of is sent.

export class WriteWarning {
  readonly #firstBytes: number;
  readonly #onWarning: (kib: number) => void;
  #nextBytes: number;

  constructor(firstBytes: number, onWarning: (kib: number) => void) {
    this.#firstBytes = firstBytes;
    this.#nextBytes = firstBytes;
    this.#onWarning = onWarning;
  }

  /** So many bytes wait. */
  observe(bytes: number): void {
    if (bytes < this.#nextBytes) return;
    while (bytes >= this.#nextBytes) this.#nextBytes *= 2;
    this.#onWarning(Math.ceil(bytes / 1024));
  }

  /** Nothing waits any more. */
  drained(): void {
    if (this.#nextBytes === this.#firstBytes) return;
    this.#nextBytes = this.#firstBytes;
    this.#onWarning(0);
  }
}
