// Pulse: the frames by which a host asks a cell whether its loop turns, and the cell's answers.
// Sent from the host's main thread, answered by the cell's loop itself, before any service.
// Invariant: an answer tells figures for people and placement; nothing is decided on them alone.

import { kernelAddress } from "../../wire/address.ts";
import { frameHeaderBytes, frameHeaderWords, FrameWord } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { makeFrame } from "../kernel/router.ts";

/** What a cell says of itself. */
export type CellPulse = {
  readonly beat: number;
  readonly services: number;
  /** Frames that wait in its mailboxes. */
  readonly waiting: number;
  readonly rssKib: number;
};

const figuresBytes = 12;

/** `beat` is a session number. */
export function pulseQuestion(beat: number): Uint32Array {
  return pulseFrame(beat, new Uint8Array(0));
}

export function pulseAnswer({ beat, services, waiting, rssKib }: CellPulse): Uint32Array {
  return pulseFrame(beat, new Uint8Array(Uint32Array.of(services, waiting, rssKib).buffer));
}

function pulseFrame(beat: number, body: Uint8Array): Uint32Array {
  const ends = { source: kernelAddress, destination: kernelAddress, session: beat };
  return makeFrame(MessageKind.harbor, ends, body);
}

export function isPulse(words: Uint32Array, at: number): boolean {
  return (
    words[at + FrameWord.destination] === kernelAddress &&
    words[at + FrameWord.kindAndFlags] === MessageKind.harbor
  );
}

/** Beat of a question or an answer; figures that are missing read as 0. */
export function readPulse(words: Uint32Array, at: number): CellPulse {
  const hasFigures = (words[at] as number) === frameHeaderBytes + figuresBytes;
  const figure = (index: number): number =>
    hasFigures ? (words[at + frameHeaderWords + index] as number) : 0;
  return {
    beat: words[at + FrameWord.session] as number,
    services: figure(0),
    waiting: figure(1),
    rssKib: figure(2),
  };
}
