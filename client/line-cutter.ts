// Line cutter: cuts a byte stream into lines of text, as the login server speaks (reference §6.4).
// The caller's own process. Fed by stream-connection.ts with a stream that is split anywhere.
// Invariant: it keeps at most `lineBytesMax` bytes.

import { CodedError } from "../wire/coded-error.ts";
import type { Cutter } from "./connection.ts";

const lineFeed = 0x0a;

export class LineCutter implements Cutter<string> {
  readonly #line: Buffer;
  #filled = 0;

  constructor(lineBytesMax: number) {
    this.#line = Buffer.allocUnsafe(lineBytesMax);
  }

  /** What has come of a line that has no end yet; undefined between lines. */
  get incomplete(): string | undefined {
    return this.#filled === 0 ? undefined : `a line of ${this.#filled} bytes without its end`;
  }

  /** Hands out lines without their end ("\n" or "\r\n"). Fails with PEER_MALFORMED. */
  push(chunk: Uint8Array, onLine: (line: string) => void): void {
    let at = 0;
    while (at < chunk.length) {
      const found = chunk.indexOf(lineFeed, at);
      const end = found < 0 ? chunk.length : found;
      this.#keep(chunk.subarray(at, end));
      at = end + 1;
      if (found < 0) continue;
      const text = this.#line.toString("utf8", 0, this.#filled);
      this.#filled = 0;
      onLine(text.endsWith("\r") ? text.slice(0, -1) : text);
    }
  }

  #keep(part: Uint8Array): void {
    if (this.#filled + part.length > this.#line.length) {
      const text = `a line of over ${this.#line.length} bytes has come`;
      throw new CodedError("PEER_MALFORMED", text);
    }
    this.#line.set(part, this.#filled);
    this.#filled += part.length;
  }
}
