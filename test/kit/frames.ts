// Frames: builds and reads frames for tests.
// Tests only. The counterpart of what a guest's runtime writes into its outbox.
// Invariant: `frame` writes what it is told, well formed or not; `readFrames` believes what it
// reads.

import {
  emptyHeader,
  frameHeaderBytes,
  frameStride,
  readHeader,
  writeHeader,
  type FrameHeader,
} from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";

/** A frame as a test sees it. */
export type SeenFrame = FrameHeader & { readonly body: Uint8Array };

export type FrameFields = Partial<FrameHeader> & { readonly body?: Uint8Array | string };

/** The words of one frame; `length` follows from the body unless it is given. Kind: lua. */
export function frame(fields: FrameFields): Uint32Array {
  const body = bytesOf(fields.body ?? "");
  const header: FrameHeader = {
    ...emptyHeader(),
    kind: MessageKind.lua,
    length: frameHeaderBytes + body.length,
    ...fields,
  };
  const words = new Uint32Array(frameStride(frameHeaderBytes + body.length) >>> 2);
  writeHeader(words, 0, header);
  new Uint8Array(words.buffer, frameHeaderBytes).set(body);
  return words;
}

/** The body of a frame sent to a name: the name, its length before it, and then `body`. */
export function namedBody(name: string, body: Uint8Array | string = ""): Uint8Array {
  const nameBytes = bytesOf(name);
  return Uint8Array.from([nameBytes.length, ...nameBytes, ...bytesOf(body)]);
}

/** The body of a system command: its opcode and what follows. */
export function commandBody(opcode: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = new Uint8Array(4 + rest.length);
  new DataView(body.buffer).setUint32(0, opcode, true);
  body.set(rest, 4);
  return body;
}

/** Copies the frame at word `at`. */
export function seeFrame(words: Uint32Array, at: number): SeenFrame {
  const header = readHeader(words, at, emptyHeader());
  const start = words.byteOffset + at * 4 + frameHeaderBytes;
  const body = new Uint8Array(words.buffer, start, header.length - frameHeaderBytes).slice();
  return { ...header, body };
}

/** Every frame in the first `bytes` bytes. */
export function readFrames(words: Uint32Array, bytes: number): SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (let at = 0; at < bytes >>> 2; at += frameStride(words[at] as number) >>> 2) {
    frames.push(seeFrame(words, at));
  }
  return frames;
}

/** The bodies of these frames, one behind the other. */
export function joinBodies(frames: readonly SeenFrame[]): Uint8Array {
  const joined = new Uint8Array(frames.reduce((bytes, seen) => bytes + seen.body.length, 0));
  let at = 0;
  for (const { body } of frames) {
    joined.set(body, at);
    at += body.length;
  }
  return joined;
}

export function textOf(seen: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(seen.body);
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}
