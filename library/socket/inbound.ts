// Inbound: the bytes of one socket that have come in and were not read.
// Guest: part of the library "isonet/socket". Filled by managed-socket.ts, drained by its readers.
// Invariant: bytes leave in the order they came, each once; what is given away is the reader's own.
// A chunk that is read as it came is never copied: small buffers are what costs most here.

const bytesMin = 1024;
const keptBytesMax = 4096;
const noBytes: Uint8Array = new Uint8Array(0);

export class Inbound {
  #buffer: Uint8Array = noBytes;
  #from = 0;
  #to = 0;
  /** Bytes from `#from` that hold no start of the separator that was last looked for. */
  #searched = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** Takes the chunk: its bytes are whoever's it is that reads them. */
  push(chunk: Uint8Array): void {
    if (this.#from === this.#to) {
      this.#buffer = chunk;
      this.#from = 0;
      this.#to = chunk.length;
      return;
    }
    if (this.#to + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  #makeRoom(bytes: number): void {
    const { length } = this;
    if (length + bytes <= this.#buffer.length >> 1) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    } else {
      let size = Math.max(bytesMin, this.#buffer.length);
      while (size < length + bytes) size *= 2;
      const larger = new Uint8Array(size);
      larger.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = larger;
    }
    this.#from = 0;
    this.#to = length;
  }

  /** The first `count` bytes; there are as many. */
  take(count: number): Uint8Array {
    const isWhole = count === this.#buffer.length;
    const bytes = isWhole ? this.#buffer : this.#buffer.slice(this.#from, this.#from + count);
    this.skip(count);
    return bytes;
  }

  takeAll(): Uint8Array {
    return this.take(this.length);
  }

  skip(count: number): void {
    this.#from += count;
    this.#searched = 0;
    if (this.#from < this.#to) {
      this.#compact();
      return;
    }
    // An empty one costs nothing, and what was given away is not written to.
    this.#buffer = noBytes;
    this.#from = 0;
    this.#to = 0;
  }

  /** A few bytes that are left of a large chunk, half a line, do not keep all of it. */
  #compact(): void {
    const { length } = this;
    if (this.#buffer.length <= keptBytesMax || length > this.#buffer.length >> 2) return;
    this.#buffer = this.#buffer.slice(this.#from, this.#to);
    this.#from = 0;
    this.#to = length;
  }

  clear(): void {
    this.skip(this.length);
  }

  /** A reader looks for another separator than before. */
  searchAnew(): void {
    this.#searched = 0;
  }

  /** Bytes before the separator; -1 when it has not come yet. Looks at each byte once. */
  find(separator: Uint8Array): number {
    const first = separator[0] as number;
    const last = this.#to - separator.length;
    let at = this.#from + this.#searched;
    while (at <= last) {
      at = this.#buffer.indexOf(first, at);
      if (at < 0 || at > last) break;
      if (this.#holds(separator, at)) return at - this.#from;
      at++;
    }
    this.#searched = Math.max(this.#searched, last + 1 - this.#from);
    return -1;
  }

  #holds(separator: Uint8Array, at: number): boolean {
    for (let index = 1; index < separator.length; index++) {
      if (this.#buffer[at + index] !== separator[index]) return false;
    }
    return true;
  }
}
