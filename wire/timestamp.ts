// Timestamp: a date as msgpack's timestamp extension, in its shortest form. Host and guest.
// 4 bytes: seconds. 8: nanoseconds << 34 | seconds. 12: nanoseconds, then signed seconds.
// Invariant: every time of a Date round-trips to the millisecond; finer parts are cut on reading.

import { MathFloor } from "./primordials.ts";

const timeMax = 8.64e15; // milliseconds, of any Date
const wordSpan = 0x1_0000_0000;

/** Bytes of the form that holds `time`, milliseconds since 1970; 1 for an invalid date. */
export function timestampSize(time: number): 1 | 4 | 8 | 12 {
  if (time !== time) return 1;
  const seconds = MathFloor(time / 1000);
  if (seconds < 0 || seconds >= wordSpan * 4) return 12;
  return seconds < wordSpan && seconds * 1000 === time ? 4 : 8;
}

/**
 * Writes `time` in the form of `size` bytes at `at`, where the caller has checked that there is
 * room.
 */
export function writeTimestamp(into: Uint8Array, at: number, time: number, size: number): void {
  if (size === 1) {
    into[at] = 0xff;
    return;
  }
  const seconds = MathFloor(time / 1000);
  const nanoseconds = (time - seconds * 1000) * 1_000_000;
  const upper = MathFloor(seconds / wordSpan);
  if (size === 8) writeWord(into, at, nanoseconds * 4 + upper);
  if (size === 12) {
    writeWord(into, at, nanoseconds);
    writeWord(into, at + 4, upper);
  }
  writeWord(into, at + size - 4, seconds);
}

function writeWord(into: Uint8Array, at: number, value: number): void {
  into[at] = (value >>> 24) & 0xff;
  into[at + 1] = (value >>> 16) & 0xff;
  into[at + 2] = (value >>> 8) & 0xff;
  into[at + 3] = value & 0xff;
}

/** Milliseconds since 1970, NaN for an invalid date; undefined when the bytes are no timestamp. */
export function readTimestamp(bytes: Uint8Array, at: number, size: number): number | undefined {
  if (size === 1) return Number.NaN;
  if (size !== 4 && size !== 8 && size !== 12) return undefined;
  const first = readWord(bytes, at);
  if (size === 4) return first * 1000;
  const lower = readWord(bytes, at + size - 4);
  const nanoseconds = size === 8 ? first >>> 2 : first;
  const upper = size === 8 ? first & 3 : readWord(bytes, at + 4) | 0;
  if (nanoseconds >= 1_000_000_000) return undefined;
  const time = (upper * wordSpan + lower) * 1000 + MathFloor(nanoseconds / 1_000_000);
  return time >= -timeMax && time <= timeMax ? time : undefined;
}

function readWord(bytes: Uint8Array, at: number): number {
  const upper = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const lower = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return upper * 0x1_0000 + lower;
}
