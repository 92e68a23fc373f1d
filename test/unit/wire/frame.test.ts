// Frame: the header, what makes it well formed, and what its words tell.

import { describe, expect, test } from "vitest";
import {
  emptyHeader,
  FrameFlag,
  frameHeaderBytes,
  frameHeaderWords,
  frameStride,
  isPastDeadline,
  isReply,
  isRequest,
  isWellFormed,
  readHeader,
  writeHeader,
  type FrameHeader,
} from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";

const header: FrameHeader = {
  length: 29,
  source: 0xff00_0101,
  destination: 0x0100_0102,
  session: 0x7fff_ffff,
  kind: MessageKind.lua,
  flags: FrameFlag.named,
  deadline: 0xffff_fffe,
};

function wordsOf(kind: number, session: number): Uint32Array {
  const words = new Uint32Array(frameHeaderWords);
  writeHeader(words, 0, { ...header, kind, session, flags: FrameFlag.more });
  return words;
}

describe("a header", () => {
  test("is read as it was written", () => {
    const words = new Uint32Array(frameHeaderWords + 2);

    writeHeader(words, 1, header);

    expect(readHeader(words, 1, emptyHeader())).toEqual(header);
    expect([words[0], words[frameHeaderWords + 1]]).toEqual([0, 0]);
  });

  test("behind the end of the words reads as zeros", () => {
    expect(readHeader(new Uint32Array(2), 2, { ...header })).toEqual(emptyHeader());
  });

  test.each([
    ["of the header alone", { length: frameHeaderBytes }],
    ["of all bytes that are left", { length: 100 }],
    ["with every flag", { flags: FrameFlag.more | FrameFlag.named | FrameFlag.redirected }],
  ])("%s is well formed", (_, fields) => {
    expect(isWellFormed({ ...header, ...fields }, 100)).toBe(true);
  });

  test.each([
    ["shorter than itself", { length: frameHeaderBytes - 1 }],
    ["longer than the bytes that are left", { length: 101 }],
    ["of the largest length", { length: 0xffff_ffff }],
    ["with another flag", { flags: 8 }],
    ["with bits above the flags", { flags: 0x100 }],
    ["with a session over the largest", { session: 0x8000_0000 }],
  ])("%s is malformed", (_, fields) => {
    expect(isWellFormed({ ...header, ...fields }, 100)).toBe(false);
  });

  test.each([
    [24, 24],
    [25, 28],
    [27, 28],
    [28, 28],
  ])("of %i bytes takes %i to the next one", (length, stride) => {
    expect(frameStride(length)).toBe(stride);
  });
});

describe("a frame", () => {
  test.each([
    [MessageKind.lua, 5, true, false],
    [MessageKind.lua, 0, false, false],
    [255, 5, true, false],
    [MessageKind.response, 5, false, true],
    [MessageKind.error, 5, false, true],
    [MessageKind.error, 0, false, true],
    [MessageKind.system, 5, false, false],
  ])("of kind %i and session %i: request %s, reply %s", (kind, session, request, reply) => {
    expect(isRequest(wordsOf(kind, session), 0)).toBe(request);
    expect(isReply(wordsOf(kind, session), 0)).toBe(reply);
  });
});

describe("a deadline", () => {
  test.each([
    [100, 100, false],
    [100, 101, true],
    [100, 99, false],
    [0, 5, false],
    [0xffff_fff0, 5, true],
    [5, 0xffff_fff0, false],
    [1, 0x8000_0000, true],
  ])("of tick %i at tick %i has passed: %s", (deadline, now, isPast) => {
    expect(isPastDeadline(deadline, now)).toBe(isPast);
  });
});
