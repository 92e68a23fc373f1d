// Outbox: reads what a service wrote in its turn, checks it, stamps the source, and routes it.
// One shard, after a turn or in the middle of one (flush). Called by scheduler.ts.
// Invariant: nothing in the outbox is believed: every length is checked before it is used, and a frame that
// breaks the format ends the reading of this outbox.

import { guestLocalIdMin, kernelAddress, localIdOf } from "../../wire/address.ts";
import {
  FrameFlag,
  frameFlagsKnown,
  frameHeaderBytes,
  frameStride,
  FrameWord,
} from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { sessionMax } from "../../wire/session.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import { Assembly } from "./assembly.ts";
import type { Router } from "./router.ts";
import type { ServiceRecord } from "./service-record.ts";

export type OutboxReader = {
  readonly router: Router;
  readonly messageBytesMax: number;
  /** A system command: `words[at]` is its header. */
  readonly onCommand: (record: ServiceRecord, words: Uint32Array, at: number) => void;
  /** The service broke the frame format; the rest of its outbox is gone. */
  readonly onFault: (record: ServiceRecord, what: string) => void;
};

/** Reads the outbox empty. Returns the bytes it held. */
// hot: bench call
export function drainOutbox(record: ServiceRecord, reader: OutboxReader): number {
  const { control, outbox } = record.occupant.memory;
  const length = control[ControlWord.outboxLength] as number;
  if (length === 0) return 0;
  control[ControlWord.outboxLength] = 0;
  if (length < 0 || length > outbox.length * 4) {
    reader.onFault(record, `outbox length ${length} of ${outbox.length * 4} bytes`);
    return 0;
  }
  let offset = 0;
  while (offset < length) {
    const at = offset >>> 2;
    const frameLength = outbox[at] as number;
    if (frameLength < frameHeaderBytes || frameLength > length - offset) {
      reader.onFault(
        record,
        `frame of ${frameLength} bytes with ${length - offset} left in the outbox`,
      );
      return offset;
    }
    const kindAndFlags = outbox[at + FrameWord.kindAndFlags] as number;
    if (kindAndFlags >>> 8 !== 0 || record.assembly !== undefined) {
      readFlagged(record, reader, at);
    } else {
      record.stat.sent++;
      outbox[at + FrameWord.source] = record.address;
      if (kindAndFlags === MessageKind.system) readCommand(record, reader, at);
      else if ((outbox[at + FrameWord.session] as number) <= sessionMax)
        post(record, reader, outbox, at);
    }
    offset += frameStride(frameLength);
  }
  return length;
}

function post(record: ServiceRecord, reader: OutboxReader, words: Uint32Array, at: number): void {
  if (!reader.router.post(words, at)) record.stat.refused++;
}

function readCommand(record: ServiceRecord, reader: OutboxReader, at: number): void {
  const { outbox } = record.occupant.memory;
  const isCommand =
    outbox[at + FrameWord.destination] === kernelAddress &&
    (outbox[at] as number) >= frameHeaderBytes + 4;
  if (isCommand) reader.onCommand(record, outbox, at);
  else reader.onFault(record, "a system frame that is no command");
}

function readFlagged(record: ServiceRecord, reader: OutboxReader, at: number): void {
  const { outbox } = record.occupant.memory;
  const flags = (outbox[at + FrameWord.kindAndFlags] as number) >>> 8;
  const kind = (outbox[at + FrameWord.kindAndFlags] as number) & 0xff;
  if ((flags & ~frameFlagsKnown) !== 0 || kind === MessageKind.system) {
    reader.onFault(record, `frame of kind ${kind} with flags ${flags}`);
    return;
  }
  if (record.assembly !== undefined || (flags & FrameFlag.more) !== 0) {
    readPiece(record, reader, at, (flags & FrameFlag.more) === 0);
    return;
  }
  record.stat.sent++;
  stampSource(record, outbox, at, flags);
  postFlagged(record, reader, outbox, at);
}

function readPiece(record: ServiceRecord, reader: OutboxReader, at: number, isLast: boolean): void {
  const { outbox } = record.occupant.memory;
  if (record.assembly === undefined) {
    record.assembly = new Assembly(outbox, at, reader.messageBytesMax);
  } else if (!record.assembly.add(outbox, at)) {
    const { words } = record.assembly;
    record.assembly = undefined;
    words[FrameWord.source] = record.address;
    reader.router.refuse(words, 0, "MESSAGE_TOO_LARGE");
    reader.onFault(record, `message over ${reader.messageBytesMax} bytes (messageBytesMax)`);
    return;
  }
  if (!isLast) return;
  const { words } = record.assembly;
  record.assembly = undefined;
  record.stat.sent++;
  stampSource(record, words, 0, (words[FrameWord.kindAndFlags] as number) >>> 8);
  postFlagged(record, reader, words, 0);
}

/** A service may send for another (redirect), but not for one of the host's own services. */
function stampSource(record: ServiceRecord, words: Uint32Array, at: number, flags: number): void {
  const asked = words[at + FrameWord.source] as number;
  const isHost = localIdOf(record.address) < guestLocalIdMin;
  const mayUse = asked !== 0 && (isHost || localIdOf(asked as never) >= guestLocalIdMin);
  if ((flags & FrameFlag.redirected) === 0 || !mayUse)
    words[at + FrameWord.source] = record.address;
  words[at + FrameWord.kindAndFlags] =
    (words[at + FrameWord.kindAndFlags] as number) & ~(FrameFlag.redirected << 8);
}

function postFlagged(
  record: ServiceRecord,
  reader: OutboxReader,
  words: Uint32Array,
  at: number,
): void {
  if ((words[at + FrameWord.session] as number) > sessionMax) {
    reader.onFault(record, "a session above 2^31 - 1");
    return;
  }
  const isNamed = (((words[at + FrameWord.kindAndFlags] as number) >>> 8) & FrameFlag.named) !== 0;
  const isAccepted = isNamed ? reader.router.postNamed(words, at) : reader.router.post(words, at);
  if (!isAccepted) record.stat.refused++;
}
