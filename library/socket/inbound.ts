// Inbound: the bytes of one socket that have come in and were not read.
// Guest: part of the library "isonet/socket". Filled by managed-socket.ts, drained by its readers.
// Invariant: bytes leave in the order they came, each once; what is given away is the reader's own.

const bytesMin = 1024;
const noBytes = new Uint8Array(0);

export class Inbound {
  #buffer = noBytes;
  #from = 0;
  #to = 0;
  /** Bytes from `#from` that hold no start of the separator that was last looked for. */
  #searched = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  push(chunk: Uint8Array): void {
    if (this.#to + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  #makeRoom(bytes: number): void {
    const { length } = this;
    const unread = this.#buffer.subarray(this.#from, this.#to);
    if (length + bytes <= this.#buffer.length >> 1) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    } else {
      let size = Math.max(bytesMin, this.#buffer.length);
      while (size < length + bytes) size *= 2;
      const larger = new Uint8Array(size);
      larger.set(unread);
      this.#buffer = larger;
    }
    this.#from = 0;
    this.#to = length;
  }

  /** The first `count` bytes; there are as many. */
  take(count: number): Uint8Array {
    const bytes = this.#buffer.slice(this.#from, this.#from + count);
    this.skip(count);
    return bytes;
  }

  takeAll(): Uint8Array {
    return this.take(this.length);
  }

  skip(count: number): void {
    this.#from += count;
    this.#searched = 0;
    if (this.#from < this.#to) return;
    // An empty buffer costs nothing, however much was in it.
    this.#buffer = this.#buffer.length > bytesMin ? noBytes : this.#buffer;
    this.#from = 0;
    this.#to = 0;
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
