// Outbox: reads what a service wrote in its turn, checks it, stamps the source, and routes it.
// One shard, after a turn or in the middle of one (flush). Called by scheduler.ts and kernel.ts.
// Invariant: nothing in the outbox is believed: every length is checked before it is used, and a
// frame whose length is wrong ends the reading of this outbox.

import {
  formatAddress,
  guestLocalIdMin,
  kernelAddress,
  localIdOf,
  type ServiceAddress,
} from "../../wire/address.ts";
import {
  FrameFlag,
  frameFlagsKnown,
  frameHeaderBytes,
  frameStride,
  FrameWord,
  isReply,
} from "../../wire/frame.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession, sessionMax } from "../../wire/session.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import { Assembly } from "./assembly.ts";
import type { Router } from "./router.ts";
import type { ServiceRecord } from "./service-record.ts";

export type OutboxReader = {
  readonly router: Router;
  readonly nowMs: () => number;
  /** A system command: `words[at]` is its header. */
  readonly onCommand: (record: ServiceRecord, words: Uint32Array, at: number) => void;
  /** The service broke the frame format; this frame, or the rest of its outbox, is gone. */
  readonly onFault: (record: ServiceRecord, what: string) => void;
};

/** Reads the outbox empty. Returns the bytes the service says it held. */
// hot: bench/micro/kernel/frame-path
export function drainOutbox(record: ServiceRecord, reader: OutboxReader): number {
  const { control, outbox } = record.occupant.memory;
  const length = control[ControlWord.outboxLength] as number;
  if (length === 0) return 0;
  control[ControlWord.outboxLength] = 0;
  if (length < 0 || length > outbox.length * 4) {
    reader.onFault(record, `outbox length ${length} of ${outbox.length * 4} bytes`);
    return outbox.length * 4;
  }
  let offset = 0;
  while (offset < length) {
    const at = offset >>> 2;
    const frameLength = outbox[at] as number;
    if (frameLength < frameHeaderBytes || frameLength > length - offset) {
      reader.onFault(record, `frame of ${frameLength} bytes with ${length - offset} left`);
      return length;
    }
    const kindAndFlags = outbox[at + FrameWord.kindAndFlags] as number;
    if (kindAndFlags >>> 8 !== 0 || record.assembly !== undefined) {
      readFlagged(record, reader, at);
    } else if (kindAndFlags === MessageKind.system) {
      readCommand(record, reader, at);
    } else {
      outbox[at + FrameWord.source] = record.address;
      send(record, reader, outbox, at);
    }
    offset += frameStride(frameLength);
  }
  return length;
}

/**
 * Ends a message whose last piece is missing when the turn is over: it can never come. The sender
 * knows of it when it was told OUTBOX_FULL in this turn.
 */
export function dropUnfinished(
  record: ServiceRecord,
  reader: OutboxReader,
  { wasInterrupted }: { readonly wasInterrupted: boolean },
): void {
  const { assembly } = record;
  if (assembly === undefined) return;
  record.assembly = undefined;
  if (!wasInterrupted) {
    if (record.turnSentBytes > record.limits.turnSendBytes.max) return;
    reader.onFault(record, "a message in pieces without its last piece");
    return;
  }
  const { words } = assembly;
  words[FrameWord.source] = record.address;
  reader.router.refuse(words, 0, "SLICE_EXCEEDED", "the sender was interrupted in this message");
}

function readCommand(record: ServiceRecord, reader: OutboxReader, at: number): void {
  const { outbox } = record.occupant.memory;
  const length = outbox[at] as number;
  const isToKernel = outbox[at + FrameWord.destination] === kernelAddress;
  if (isToKernel && length >= frameHeaderBytes + 4) reader.onCommand(record, outbox, at);
  else reader.onFault(record, `a system frame of ${length} bytes that is no command`);
}

function readFlagged(record: ServiceRecord, reader: OutboxReader, at: number): void {
  const { outbox } = record.occupant.memory;
  const kindAndFlags = outbox[at + FrameWord.kindAndFlags] as number;
  const flags = kindAndFlags >>> 8;
  const kind = kindAndFlags & 0xff;
  if ((flags & ~frameFlagsKnown) !== 0 || kind === MessageKind.system) {
    reader.onFault(record, `frame of kind ${kind} with flags ${flags}`);
  } else if (record.assembly !== undefined || (flags & FrameFlag.more) !== 0) {
    readPiece(record, reader, at, { isLast: (flags & FrameFlag.more) === 0 });
  } else {
    stampSource(record, outbox, at);
    send(record, reader, outbox, at);
  }
}

function readPiece(
  record: ServiceRecord,
  reader: OutboxReader,
  at: number,
  { isLast }: { readonly isLast: boolean },
): void {
  const { outbox } = record.occupant.memory;
  record.assembly ??= new Assembly(outbox, at, record.limits.messageBytes.max);
  const { assembly } = record;
  assembly.add(outbox, at);
  if (!isLast) return;
  record.assembly = undefined;
  stampSource(record, assembly.words, 0);
  if (assembly.isOver) refuseTooLarge(record, reader, assembly.words, 0);
  else send(record, reader, assembly.words, 0);
}

/**
 * Stamps the true source, or the one the service asks for (redirect) when it may speak for that
 * one.
 */
function stampSource(record: ServiceRecord, words: Uint32Array, at: number): void {
  const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
  const isRedirected = (kindAndFlags & (FrameFlag.redirected << 8)) !== 0;
  words[at + FrameWord.kindAndFlags] = kindAndFlags & ~(FrameFlag.redirected << 8);
  if (!isRedirected || !maySpeakFor(record, words, at)) {
    words[at + FrameWord.source] = record.address;
  }
}

/**
 * A guest speaks for no service of the host, and replies in its own name only. With a session, so
 * that answers go to the source, it speaks only for one who sent it a request.
 */
function maySpeakFor(record: ServiceRecord, words: Uint32Array, at: number): boolean {
  const source = words[at + FrameWord.source] as ServiceAddress;
  if (record.isHostOwn) return source !== kernelAddress;
  if (localIdOf(source) < guestLocalIdMin || isReply(words, at)) return false;
  return words[at + FrameWord.session] === noSession || record.isCaller(source);
}

/** Sends a message whose source is stamped. */
function send(record: ServiceRecord, reader: OutboxReader, words: Uint32Array, at: number): void {
  const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
  const kind = kindAndFlags & 0xff;
  const session = words[at + FrameWord.session] as number;
  const isAnswer =
    (kind === MessageKind.response || kind === MessageKind.error) && session !== noSession;
  if (session > sessionMax) {
    reader.onFault(record, `session ${session}; ${sessionMax} is the largest`);
  } else if (isAnswer && !mayReply(record, words, at)) {
    const destination = formatAddress(words[at + FrameWord.destination] as ServiceAddress);
    reader.onFault(record, `reply to ${destination}, which has sent it no request`);
  } else if ((words[at] as number) > record.limits.messageBytes.max) {
    refuseTooLarge(record, reader, words, at);
  } else if (record.sends !== undefined && !maySend(record, reader, words, at)) {
    refuse(record, reader, words, [at, "SEND_LIMIT", sendLimitText(record)]);
  } else {
    record.stat.sent++;
    const isNamed = kindAndFlags >>> 8 !== 0; // every other flag is off by now
    const { router } = reader;
    const isAccepted = isNamed ? router.postNamed(words, at) : router.post(words, at);
    if (!isAccepted) record.stat.refused++;
  }
}

/** Nobody can forge the answer to a call that was made to another: replies go to callers only. */
function mayReply(record: ServiceRecord, words: Uint32Array, at: number): boolean {
  const flags = (words[at + FrameWord.kindAndFlags] as number) >>> 8;
  if (flags !== 0) return false; // a name has sent no request
  return record.isCaller(words[at + FrameWord.destination] as number) || record.isHostOwn;
}

/** Replies do not count: whoever waits for one gets it. */
function maySend(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  at: number,
): boolean {
  return isReply(words, at) || record.sends?.take(reader.nowMs()) !== false;
}

function sendLimitText({ address, sends }: ServiceRecord): string {
  const sender = formatAddress(address);
  return `service ${sender} has sent ${sends?.perSecond} messages in a second (sendsPerSecondMax)`;
}

function refuseTooLarge(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  at: number,
): void {
  const { max, name } = record.limits.messageBytes;
  const text = `message of more than ${max} bytes (${name})`;
  refuse(record, reader, words, [at, "MESSAGE_TOO_LARGE", text]);
}

function refuse(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  [at, code, text]: readonly [number, ErrorCode, string],
): void {
  record.stat.sent++;
  record.stat.refused++;
  reader.router.refuse(words, at, code, text);
}
