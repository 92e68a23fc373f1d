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
  isRequest,
} from "../../wire/frame.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession, sessionMax } from "../../wire/session.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import { Assembly } from "./assembly.ts";
import type { Router } from "./router.ts";
import type { ServiceRecord } from "./service-record.ts";

const redirectedFlag = FrameFlag.redirected << 8;

export type OutboxReader = {
  readonly router: Router;
  readonly nowMs: () => number;
  /** In a cell: guests reach other owners' services through the node only. */
  readonly confines: boolean;
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
    if (stampSource(record, reader, outbox, at)) send(record, reader, outbox, at);
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
  if (!stampSource(record, reader, assembly.words, 0)) return;
  if (assembly.isOver) refuseTooLarge(record, reader, assembly.words, 0);
  else send(record, reader, assembly.words, 0);
}

/**
 * Stamps the true source, or the one the service asks for (redirect) when it may speak for that
 * one: then the flag stays. False: the frame is gone, because an untrusted service asked for one it
 * may not have.
 */
function stampSource(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  at: number,
): boolean {
  const source = words[at + FrameWord.source] as ServiceAddress;
  const { isTrusted } = record.terms;
  if (((words[at + FrameWord.kindAndFlags] as number) & redirectedFlag) !== 0) {
    const mayAsk = isTrusted ? maySpeakFor(record, words, at) : handsOn(record, reader, words, at);
    if (mayAsk && source !== kernelAddress) return true;
    if (!isTrusted && source !== kernelAddress && source !== record.address) {
      reader.onFault(record, `frame in the name of ${formatAddress(source)}, which is not its own`);
      return false;
    }
    words[at + FrameWord.kindAndFlags] =
      (words[at + FrameWord.kindAndFlags] as number) & ~redirectedFlag;
  }
  words[at + FrameWord.source] = record.address;
  return true;
}

/**
 * An untrusted service speaks for another only where it passes its caller's request on to a service
 * of its own owner.
 */
function handsOn(
  record: ServiceRecord,
  { router }: OutboxReader,
  words: Uint32Array,
  at: number,
): boolean {
  const isNamed = ((words[at + FrameWord.kindAndFlags] as number) & (FrameFlag.named << 8)) !== 0;
  if (isNamed || !isRequest(words, at)) return false;
  return (
    record.isCaller(words[at + FrameWord.source] as number) && isNear(record, router, words, at)
  );
}

/** True when the destination is a service of the same owner on this shard. */
function isNear(record: ServiceRecord, router: Router, words: Uint32Array, at: number): boolean {
  const other = router.services.get(words[at + FrameWord.destination] as number);
  if (other === undefined || other.isHostOwn || other.isFromElsewhere) return false;
  return other.terms.owner === record.terms.owner;
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
  const isReplyKind = kind === MessageKind.response || kind === MessageKind.error;
  const isAnswer = isReplyKind && session !== noSession;
  if (session > sessionMax) {
    reader.onFault(record, `session ${session}; ${sessionMax} is the largest`);
  } else if (isReplyKind && session === noSession && !record.terms.isTrusted) {
    keepFarewell(record, reader, words, at);
  } else if (isAnswer && !mayReply(record, words, at)) {
    const destination = formatAddress(words[at + FrameWord.destination] as ServiceAddress);
    reader.onFault(record, `reply to ${destination}, which has sent it no request`);
  } else if ((words[at] as number) > record.limits.messageBytes.max) {
    refuseTooLarge(record, reader, words, at);
  } else if (record.sends !== undefined && !maySend(record, reader, words, at)) {
    refuse(record, reader, words, [at, "SEND_LIMIT", sendLimitText(record)]);
  } else {
    record.stat.sent++;
    if (isAnswer && kind === MessageKind.error) record.stat.errors++;
    if (!route(record, reader, words, at)) record.stat.refused++;
  }
}

function route(
  record: ServiceRecord,
  { router, confines }: OutboxReader,
  words: Uint32Array,
  at: number,
): boolean {
  const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
  if ((kindAndFlags & redirectedFlag) !== 0) {
    words[at + FrameWord.kindAndFlags] = kindAndFlags & ~redirectedFlag;
    return router.postFor(record, words, at);
  }
  if (record.handedOn !== undefined && isReply(words, at)) record.handedOn.answered(words, at);
  const isNamed = kindAndFlags >>> 8 !== 0; // the last flag left
  if (confines && !record.isHostOwn && !isReply(words, at)) {
    if (isNamed || !isNear(record, router, words, at)) return router.postOut(words, at);
  }
  return isNamed ? router.postNamed(words, at) : router.post(words, at);
}

/**
 * "I have ended" is believed of an untrusted service when it has. Until then only the service knows
 * whom it waits on, and says so here: the kernel tells them at the end.
 */
function keepFarewell(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  at: number,
): void {
  if (words[at + FrameWord.kindAndFlags] !== MessageKind.error) {
    reader.onFault(record, "a response without a session");
    return;
  }
  record.stat.sent++;
  record.farewells ??= new Set();
  if (record.farewells.size >= limits.farewellsMax) record.stat.refused++;
  else record.farewells.add(words[at + FrameWord.destination] as ServiceAddress);
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
