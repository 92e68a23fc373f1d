// Inbox: moves a batch of frames from a mailbox into the service's turn memory.
// One shard, between turns. Called by scheduler.ts.
// Invariant: a frame leaves the mailbox when it is in the inbox whole; a larger one goes out in
// pieces, alone.

import {
  FrameFlag,
  frameHeaderBytes,
  frameHeaderWords,
  frameStride,
  FrameWord,
  isPastDeadline,
} from "../../wire/frame.ts";
import { batchFrames, type BatchWeight } from "./batch.ts";
import { copyRun, type Run } from "./byte-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

/** Fills the inbox and returns its length in bytes; 0 when every waiting frame had expired. */
// hot: bench/micro/kernel/frame-path
export function fillInbox(record: ServiceRecord, weight: BatchWeight, nowTick: number): number {
  const { mailbox, stat } = record;
  const { inbox } = record.occupant.memory;
  let left = Math.min(batchFrames(mailbox.depth, weight), record.batchFramesMax);
  let to = 0;
  while (left > 0 && mailbox.depth > 0) {
    const frames = takeRun(record, to, left, nowTick);
    if (frames > 0) {
      to += run.end - run.at;
      left -= frames;
      stat.messages += frames;
      continue;
    }
    // The next frame is not for this run: it has expired, is for the next turn, or comes in pieces.
    const { words } = mailbox;
    const at = mailbox.headAt();
    if (mailbox.sentOfHead === 0 && isExpired(words, at, nowTick)) {
      mailbox.drop();
      stat.expired++;
      left--;
      continue;
    }
    if (frameStride(words[at] as number) >>> 2 <= inbox.length) break;
    return to === 0 ? fillPiece(record, words, at) : to * 4;
  }
  return to * 4;
}

const run: Run = { at: 0, end: 0 };

/**
 * Moves the frames that lie one behind the other in the mailbox, fit into the inbox from word `to`
 * on and have not expired: with one copy. Returns how many; `run` holds their words.
 */
function takeRun(record: ServiceRecord, to: number, left: number, nowTick: number): number {
  const { mailbox } = record;
  const { inbox } = record.occupant.memory;
  const { words, depth } = mailbox;
  const framesMax = Math.min(left, depth);
  const at = mailbox.headAt();
  const endMax = Math.min(words.length, at + inbox.length - to);
  let end = at;
  let frames = 0;
  while (frames < framesMax && end < endMax) {
    const length = words[end] as number;
    const next = end + (frameStride(length) >>> 2);
    if (length === 0 || next > endMax || isExpired(words, end, nowTick)) break;
    end = next;
    frames++;
  }
  if (frames === 0) return 0;
  run.at = at;
  run.end = end;
  copyRun(words, run, inbox, to);
  mailbox.dropRun(frames, end - at);
  return frames;
}

/** A request whose caller has stopped waiting is not worth a turn. */
function isExpired(words: Uint32Array, at: number, nowTick: number): boolean {
  const deadline = words[at + FrameWord.deadline] as number;
  return deadline !== 0 && isPastDeadline(deadline, nowTick);
}

function fillPiece(record: ServiceRecord, words: Uint32Array, at: number): number {
  const { mailbox } = record;
  const { inbox } = record.occupant.memory;
  const bodyBytes = (words[at] as number) - frameHeaderBytes;
  const room = inbox.length * 4 - frameHeaderBytes;
  const size = Math.min(room, bodyBytes - mailbox.sentOfHead);
  const isLast = mailbox.sentOfHead + size === bodyBytes;
  inbox.set(words.subarray(at, at + frameHeaderWords));
  inbox[FrameWord.length] = frameHeaderBytes + size;
  if (!isLast) {
    inbox[FrameWord.kindAndFlags] =
      (inbox[FrameWord.kindAndFlags] as number) | (FrameFlag.more << 8);
  }
  const start = words.byteOffset + at * 4 + frameHeaderBytes + mailbox.sentOfHead;
  new Uint8Array(inbox.buffer, inbox.byteOffset + frameHeaderBytes, size).set(
    new Uint8Array(words.buffer, start, size),
  );
  if (isLast) {
    mailbox.drop();
    record.stat.messages++;
  } else {
    mailbox.sentOfHead += size;
  }
  return frameStride(frameHeaderBytes + size);
}
