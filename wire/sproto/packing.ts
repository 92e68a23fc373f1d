// Packing: zero bytes left out, as sproto does it. Pure: host, clients, guests.
// Groups of eight bytes: a byte whose bits say which of them are not zero, and those. Where nearly
// all are not zero, 0xff, a number, and that many groups and one more as they are.
// Invariant: unpacking gives what was packed, filled up with zeros to a multiple of eight; a
// stranger's bytes never give more than encodedBytesMax.

import { sprotoLimits } from "./sproto-limits.ts";
import { expectBytes, malformed, unusable } from "./sproto-refusal.ts";

const groupBytes = 8;
const runGroupsMax = 256;
const runMark = 0xff;
const goesOnMin = 6; // bytes that are not zero, for a group to go on in a run; one starts with 8

type Target = { readonly bytes: Uint8Array; end: number };

/** Skynet's sproto.pack. */
export function pack(bytes: Uint8Array): Uint8Array {
  expectBytes("what is packed", bytes);
  const most = sprotoLimits.encodedBytesMax;
  if (bytes.length > most) {
    throw unusable(`${bytes.length} bytes cannot be packed: at most ${most} (encodedBytesMax)`);
  }
  const groups = Math.ceil(bytes.length / groupBytes);
  // A group takes no more than its eight bytes, but for two in front of each raw run; and a run
  // that neither fills up nor ends the input ends before a group that saves as much.
  const room = groups * groupBytes + 2 * Math.ceil(groups / runGroupsMax);
  const into = { bytes: new Uint8Array(room), end: 0 };
  for (let group = 0; group < groups;) {
    const run = runLength(bytes, group, groups);
    if (run > 0) putRun(bytes, group, run, into);
    else putGroup(bytes, group, into);
    group += Math.max(run, 1);
  }
  return into.bytes.slice(0, into.end);
}

/** How many groups from `first` on go as they are. */
function runLength(bytes: Uint8Array, first: number, groups: number): number {
  if (nonZeroCount(bytes, first) < groupBytes) return 0;
  const most = Math.min(groups - first, runGroupsMax);
  let length = 1;
  while (length < most && nonZeroCount(bytes, first + length) >= goesOnMin) length++;
  return length;
}

function nonZeroCount(bytes: Uint8Array, group: number): number {
  const end = Math.min((group + 1) * groupBytes, bytes.length);
  let count = 0;
  for (let at = group * groupBytes; at < end; at++) if (bytes[at] !== 0) count++;
  return count;
}

function putRun(bytes: Uint8Array, first: number, length: number, into: Target): void {
  into.bytes[into.end] = runMark;
  into.bytes[into.end + 1] = length - 1;
  const from = first * groupBytes;
  into.bytes.set(bytes.subarray(from, from + length * groupBytes), into.end + 2);
  into.end += 2 + length * groupBytes;
}

function putGroup(bytes: Uint8Array, group: number, into: Target): void {
  const markAt = into.end++;
  let mark = 0;
  for (let index = 0; index < groupBytes; index++) {
    const byte = bytes[group * groupBytes + index] ?? 0;
    if (byte === 0) continue;
    mark |= 1 << index;
    into.bytes[into.end++] = byte;
  }
  into.bytes[markAt] = mark;
}

/** Skynet's sproto.unpack. */
export function unpack(packed: Uint8Array): Uint8Array {
  expectBytes("what is unpacked", packed);
  const bytes = new Uint8Array(unpackedLength(packed));
  let to = 0;
  for (let at = 0; at < packed.length; to += groupBytes) {
    const mark = packed[at++] as number;
    if (mark === runMark) {
      const length = runBytes(packed, at++);
      bytes.set(packed.subarray(at, at + length), to);
      at += length;
      to += length - groupBytes;
      continue;
    }
    for (let index = 0; index < groupBytes; index++) {
      if ((mark >> index) & 1) bytes[to + index] = packed[at++] as number;
    }
  }
  return bytes;
}

/** The length of what was packed, once it is certain that all of it is there. */
function unpackedLength(packed: Uint8Array): number {
  let length = 0;
  let at = 0;
  while (at < packed.length) {
    const mark = packed[at++] as number;
    if (mark === runMark) {
      const run = at < packed.length ? runBytes(packed, at) : 0;
      at += 1 + run;
      length += run;
    } else {
      at += bitCount(mark);
      length += groupBytes;
    }
  }
  if (at > packed.length) {
    throw malformed(`packed bytes are cut off: ${packed.length} of ${at} are there`);
  }
  const most = sprotoLimits.encodedBytesMax;
  if (length <= most) return length;
  throw malformed(`unpacked, it is ${length} bytes; at most ${most} (encodedBytesMax) are allowed`);
}

/** The length of the run whose number stands at `at`. */
function runBytes(packed: Uint8Array, at: number): number {
  return ((packed[at] as number) + 1) * groupBytes;
}

function bitCount(mark: number): number {
  let count = 0;
  for (let rest = mark; rest !== 0; rest &= rest - 1) count++;
  return count;
}
