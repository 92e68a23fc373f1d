// Byte writer: the bytes of one encoded value, as they grow. Pure: host, clients, guests.
// Used by encoder.ts; numbers are written the lowest byte first.
// Invariant: never over encodedBytesMax; each value has a writer of its own, for a value's getters
// may encode another one in between.

import { utf8Length, writeUtf8 } from "../utf8.ts";
import { sprotoLimits } from "./sproto-limits.ts";
import { unusable } from "./sproto-refusal.ts";

const firstBytes = 128; // most messages of a game fit; the buffer doubles beyond it

export class ByteWriter {
  #bytes = new Uint8Array(firstBytes);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Room for `count` bytes, to be written with the `set` methods; returns where it starts. */
  reserve(count: number): number {
    const start = this.#length;
    const end = start + count;
    if (end > this.#bytes.length) this.#grow(end);
    this.#length = end;
    return start;
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.#bytes[at] = value;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.#view.setUint32(at, value, true);
  }

  i64(value: bigint): void {
    const at = this.reserve(8);
    this.#view.setBigInt64(at, value, true);
  }

  f64(value: number): void {
    const at = this.reserve(8);
    this.#view.setFloat64(at, value, true);
  }

  /** The number of bytes, and the bytes: a text's are its UTF-8. */
  sized(content: Uint8Array | string): void {
    const size = typeof content === "string" ? utf8Length(content) : content.length;
    this.u32(size);
    const at = this.reserve(size);
    if (typeof content === "string") writeUtf8(content, this.#bytes, at);
    else this.#bytes.set(content, at);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(end: number): void {
    const most = sprotoLimits.encodedBytesMax;
    if (end > most) throw unusable(`the value takes over ${most} bytes (encodedBytesMax)`);
    const bytes = new Uint8Array(Math.min(most, Math.max(end, this.#bytes.length * 2)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
