// Frame: the bytes of one message, a header of six little-endian 32-bit words and a body.
// Neutral: written by guests into their outbox, by the host into inboxes, mailboxes and links.
// Invariant: a frame starts at a multiple of 4 and takes `frameStride(length)` bytes.
//
//   word 0  length       header and body in bytes, unpadded
//   word 1  source       stamped by the host; what a guest writes there is ignored
//   word 2  destination
//   word 3  session      0: no reply wanted
//   word 4  kind | flags << 8; the upper 16 bits are 0
//   word 5  deadline     in ticks of the host's clock, compared modulo 2^32; 0: none

import { MessageKind } from "./message-kind.ts";

export const frameHeaderBytes = 24;
export const frameHeaderWords = 6;

export const FrameWord = {
  length: 0,
  source: 1,
  destination: 2,
  session: 3,
  kindAndFlags: 4,
  deadline: 5,
} as const;

export const FrameFlag = {
  /** The body goes on in the next frame from the same source. */
  more: 1,
  /**
   * The body starts with a length byte and a service name; the router resolves it and takes it off.
   */
  named: 2,
  /**
   * A guest sends for another (redirect): word 1 holds the source it asks for. Between routers: a
   * request that was handed on; its body starts with the addresses of those who had it, and before
   * them a word with their number.
   */
  redirected: 4,
} as const;

/** Every flag bit that means something; a frame with another one set is malformed. */
export const frameFlagsKnown = FrameFlag.more | FrameFlag.named | FrameFlag.redirected;

export type FrameHeader = {
  length: number;
  source: number;
  destination: number;
  session: number;
  kind: number;
  flags: number;
  deadline: number;
};

/** Bytes from the start of one frame to the start of the next. */
export function frameStride(length: number): number {
  return (length + 3) & ~3;
}

export function writeHeader(words: Uint32Array, at: number, header: FrameHeader): void {
  words[at] = header.length;
  words[at + 1] = header.source;
  words[at + 2] = header.destination;
  words[at + 3] = header.session;
  words[at + 4] = header.kind | (header.flags << 8);
  words[at + 5] = header.deadline;
}

/** Reads the header at word `at` without checking it; see `isWellFormed` for bytes of strangers. */
export function readHeader(words: Uint32Array, at: number, into: FrameHeader): FrameHeader {
  const kindAndFlags = words[at + 4] ?? 0;
  into.length = words[at] ?? 0;
  into.source = words[at + 1] ?? 0;
  into.destination = words[at + 2] ?? 0;
  into.session = words[at + 3] ?? 0;
  into.kind = kindAndFlags & 0xff;
  into.flags = kindAndFlags >>> 8;
  into.deadline = words[at + 5] ?? 0;
  return into;
}

export function emptyHeader(): FrameHeader {
  return { length: 0, source: 0, destination: 0, session: 0, kind: 0, flags: 0, deadline: 0 };
}

/** True when the header can be trusted to lie within `bytesLeft` and to use known bits only. */
export function isWellFormed(header: FrameHeader, bytesLeft: number): boolean {
  return (
    header.length >= frameHeaderBytes &&
    header.length <= bytesLeft &&
    (header.flags & ~frameFlagsKnown) === 0 &&
    header.session <= 0x7fff_ffff
  );
}

/** True when the frame at word `at` answers a request, or tells of a timer or an end. */
export function isReply(words: Uint32Array, at: number): boolean {
  const kind = (words[at + FrameWord.kindAndFlags] as number) & 0xff;
  return kind === MessageKind.response || kind === MessageKind.error;
}

/**
 * True when the source of the frame at word `at` waits for a reply. System frames are never replied
 * to.
 */
export function isRequest(words: Uint32Array, at: number): boolean {
  if (words[at + FrameWord.session] === 0) return false;
  const kind = (words[at + FrameWord.kindAndFlags] as number) & 0xff;
  return kind !== MessageKind.response && kind !== MessageKind.error && kind !== MessageKind.system;
}

/** True when `deadline` has passed at `now`; both in ticks modulo 2^32, less than 2^31 apart. */
export function isPastDeadline(deadline: number, now: number): boolean {
  return deadline !== 0 && ((now - deadline) | 0) > 0;
}
