// Comparison: what a service has sent in a turn, frame by frame, beside what it sent the first
// time.
// Pure. Used by the replay and by shadows.
// Invariant: both sides are a guest's words: a frame that is not whole ends its side.

import { inspect } from "node:util";
import { formatAddress, localIdOf, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import { decode } from "../../wire/codec.ts";
import { decodeFault } from "../../wire/fault.ts";
import { frameHeaderWords, frameStride, FrameWord } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { RecordResult } from "../../wire/recording.ts";
import type { RecordedTurn } from "./recording-file.ts";

/** What came of a turn that was played. */
export type Played = {
  /** One of RecordResult. */
  readonly result: number;
  /** What was sent, in the pieces in which the outbox was read. */
  readonly sent: readonly Uint32Array[];
};

/** The first thing that came out otherwise than it is on record. */
export type Difference = {
  /** Number of the turn; 0 is the module's body. */
  readonly input: number;
  readonly expected: string;
  readonly came: string;
};

/** A place where two rows of frames differ: number of the frame from 0, and both in words. */
export type FrameDifference = {
  readonly frame: number;
  readonly expected: string;
  readonly came: string;
};

export type FrameTally = {
  readonly compared: number;
  readonly different: number;
  readonly first: FrameDifference | undefined;
};

const shownCharsMax = 120;
const inspectOptions = { breakLength: Infinity, depth: 4, maxArrayLength: 20 };
const packedKinds: ReadonlySet<number> = new Set([
  MessageKind.response,
  MessageKind.debug,
  MessageKind.lua,
  MessageKind.snax,
]);

/** All counts: messages, log lines, and how the turn ended. */
export function differenceOf(
  input: number,
  turn: RecordedTurn,
  played: Played,
): Difference | undefined {
  const { first } = tallyOf(framesOf(sentIn(turn)), framesOf(played.sent));
  if (first !== undefined) return { input, expected: first.expected, came: first.came };
  // A turn that went over into the next one ends alike when its rest was not given to it.
  const [expected, came] = [turn.result, played.result].map((result) => resultText(result));
  return expected === came ? undefined : { input, expected: `${expected}`, came: `${came}` };
}

/** What a turn has sent, in the pieces in which the outbox was read. */
export function sentIn({ flushes, outbox }: RecordedTurn): Uint32Array[] {
  return [...flushes.map((flush) => flush.outbox), outbox];
}

/** Frames without what fills them up to whole words; each begins at a word of its buffer. */
export function framesOf(parts: readonly Uint32Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const words of parts) {
    let at = 0;
    while (at < words.length) {
      const length = words[at] as number;
      const next = at + (frameStride(length) >>> 2);
      if (length < frameHeaderWords * 4 || next > words.length) break;
      frames.push(new Uint8Array(words.buffer, words.byteOffset + at * 4, length));
      at = next;
    }
  }
  return frames;
}

/** Frame by frame, in their order: what has no counterpart is different. */
export function tallyOf(expected: readonly Uint8Array[], came: readonly Uint8Array[]): FrameTally {
  const compared = Math.max(expected.length, came.length);
  let different = 0;
  let first: FrameDifference | undefined;
  for (let frame = 0; frame < compared; frame++) {
    const [wanted, got] = [expected[frame], came[frame]];
    if (wanted !== undefined && got !== undefined && Buffer.compare(wanted, got) === 0) continue;
    different++;
    first ??= { frame, expected: frameText(wanted), came: frameText(got) };
  }
  return { compared, different, first };
}

/** A line for the host's log. */
export function isLogLine(frame: Uint8Array): boolean {
  const words = headerOf(frame);
  const to = words[FrameWord.destination] as ServiceAddress;
  return localIdOf(to) === wellKnown.logger && kindIn(words) === MessageKind.text;
}

/** A reply that says that a request has failed. */
export function isFault(frame: Uint8Array): boolean {
  return kindIn(headerOf(frame)) === MessageKind.error;
}

function resultText(result: number): string {
  if (result === RecordResult.interrupted) return "the turn is interrupted";
  return result === RecordResult.dead ? "the service dies" : "the turn ends";
}

/** What a frame says, for people. */
function frameText(frame: Uint8Array | undefined): string {
  if (frame === undefined) return "nothing";
  const words = headerOf(frame);
  const to = formatAddress(words[FrameWord.destination] as ServiceAddress);
  const body = frame.slice(frameHeaderWords * 4);
  const session = words[FrameWord.session];
  const what = `kind ${kindIn(words)} to ${to} session ${session}`;
  return `${what}, ${body.length} bytes: ${bodyText(kindIn(words), body)}`;
}

/** Values where they can be read, otherwise what can be printed. */
function bodyText(kind: number, body: Uint8Array): string {
  try {
    if (kind === MessageKind.error) return shown(decodeFault(body).message);
    if (packedKinds.has(kind)) return shown(inspect(decode(body), inspectOptions));
  } catch {
    // A piece of a larger message, or an author's own form.
  }
  return shown(Buffer.from(body.subarray(0, shownCharsMax)).toString("latin1"));
}

function shown(text: string): string {
  return text.slice(0, shownCharsMax).replaceAll(/[^ -~]/g, "·");
}

function headerOf(frame: Uint8Array): Uint32Array {
  return new Uint32Array(frame.buffer, frame.byteOffset, frameHeaderWords);
}

function kindIn(words: Uint32Array): number {
  return (words[FrameWord.kindAndFlags] as number) & 0xff;
}
