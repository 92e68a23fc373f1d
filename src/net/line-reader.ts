// Line reader: cuts a byte stream into lines of UTF-8 text.
// Main thread. Fed with the chunks of one connection; hands each line to `onLine` as it is
// complete.
// Invariant: it keeps at most `lineBytesMax` bytes; after a longer line it takes nothing any more.

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export type LineHandlers = {
  /** One line without its end ("\n" or "\r\n"). */
  readonly onLine: (line: string) => void;
  /** A line passed `lineBytesMax`: the stream cannot be read on. Called once. */
  readonly onOverlong: () => void;
};

export class LineReader {
  readonly #lineBytesMax: number;
  readonly #handlers: LineHandlers;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #isOver = false;

  constructor(lineBytesMax: number, handlers: LineHandlers) {
    this.#lineBytesMax = lineBytesMax;
    this.#handlers = handlers;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    while (!this.#isOver) {
      const end = chunk.indexOf(lineFeed, start);
      if (end < 0) break;
      this.#complete(chunk.subarray(start, end));
      start = end + 1;
    }
    if (!this.#isOver && start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The line that has begun, when it is like this: it is given out, and begins anew. */
  takeRest(pattern: RegExp): string | undefined {
    if (this.#pieceBytes === 0) return undefined;
    const text = textOf(Buffer.concat(this.#pieces));
    if (!pattern.test(text)) return undefined;
    this.#pieces = [];
    this.#pieceBytes = 0;
    return text;
  }

  /** The stream has ended: hands out the last line when it has no end. */
  finish(): void {
    if (!this.#isOver && this.#pieceBytes > 0) this.#complete(new Uint8Array());
    this.#isOver = true;
  }

  #complete(last: Uint8Array): void {
    const bytes = this.#pieceBytes === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#pieceBytes = 0;
    const hasReturn = bytes.at(-1) === carriageReturn;
    const length = hasReturn ? bytes.length - 1 : bytes.length;
    if (length > this.#lineBytesMax) this.#refuse();
    else this.#handlers.onLine(textOf(bytes.subarray(0, length)));
  }

  #keep(rest: Uint8Array): void {
    // One byte more than the bound: it may be the "\r" of the line's end.
    if (this.#pieceBytes + rest.length > this.#lineBytesMax + 1) {
      this.#refuse();
      return;
    }
    this.#pieces.push(rest);
    this.#pieceBytes += rest.length;
  }

  #refuse(): void {
    this.#isOver = true;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#handlers.onOverlong();
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
