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
import { copyFrame } from "./byte-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

/** Fills the inbox and returns its length in bytes; 0 when every waiting frame had expired. */
// hot: bench/micro/kernel/frame-path
export function fillInbox(record: ServiceRecord, weight: BatchWeight, nowTick: number): number {
  const { mailbox, stat } = record;
  const { inbox } = record.occupant.memory;
  const capacity = inbox.length;
  let to = 0;
  for (let left = batchFrames(mailbox.depth, weight); left > 0 && mailbox.depth > 0; left--) {
    const { words } = mailbox;
    const at = mailbox.headAt();
    const length = words[at] as number;
    if (mailbox.sentOfHead === 0 && isExpired(words, at, nowTick)) {
      mailbox.drop();
      stat.expired++;
      continue;
    }
    const count = frameStride(length) >>> 2;
    if (count > capacity) return to === 0 ? fillPiece(record, words, at) : to * 4;
    if (to + count > capacity) break;
    to += copyFrame(words, at, inbox, to);
    mailbox.drop();
    stat.messages++;
  }
  return to * 4;
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
