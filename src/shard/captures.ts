// Captures: the text of one recording at a time, kept until the node has taken it piece by piece.
// One worker thread, or a cell. Used by insight-orders.ts.
// Invariant: at most snapshotBytesMax bytes are kept, and none that nobody has asked for within
// snapshotKeptMs.

import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";

/** What the node is told of a recording that waits for it. */
export type Captured = { readonly id: number; readonly bytes: number };

export class Captures {
  #lastId = 0;
  #id = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Fails with INSPECT_BUSY while another one is kept. */
  begin(): void {
    if (this.#id !== 0) {
      throw new CodedError("INSPECT_BUSY", "this shard keeps a recording that is being fetched");
    }
    this.#id = ++this.#lastId;
    this.#bytes = 0;
  }

  /** Takes one text more; beyond the limit nothing is kept. */
  add(text: string): void {
    const chunk = Buffer.from(text);
    this.#bytes += chunk.length;
    if (this.#bytes <= limits.snapshotBytesMax) this.#chunks.push(chunk);
    else this.#chunks = [];
  }

  /** Fails with INSPECT_FAILED when it was too large. */
  finish(): Captured {
    if (this.#bytes > limits.snapshotBytesMax) {
      const allowed = `${limits.snapshotBytesMax} (snapshotBytesMax)`;
      const text = `it has ${this.#bytes} bytes, over ${allowed}`;
      this.drop();
      throw new CodedError("INSPECT_FAILED", text);
    }
    this.#keepOn();
    return { id: this.#id, bytes: this.#bytes };
  }

  /** The next bytes, at most `bytesMax`; the last ones end it. */
  piece(id: number, bytesMax: number): Uint8Array {
    if (id !== this.#id || id === 0) {
      throw new CodedError("INSPECT_FAILED", "the recording is not kept any more");
    }
    const wanted = Math.min(bytesMax, limits.snapshotPieceBytes);
    const parts: Buffer[] = [];
    let bytes = 0;
    for (
      let [chunk] = this.#chunks;
      chunk !== undefined && bytes < wanted;
      [chunk] = this.#chunks
    ) {
      const part = chunk.subarray(0, wanted - bytes);
      parts.push(part);
      bytes += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    if (this.#chunks.length === 0) this.drop();
    else this.#keepOn();
    return new Uint8Array(Buffer.concat(parts));
  }

  drop(id = this.#id): void {
    if (id !== this.#id) return;
    clearTimeout(this.#timer);
    this.#id = 0;
    this.#chunks = [];
  }

  #keepOn(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.drop(), limits.snapshotKeptMs);
    this.#timer.unref();
  }
}
