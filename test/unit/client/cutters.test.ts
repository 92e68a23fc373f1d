// Cutters: frames and lines out of a stream, and streams that are none.

import { describe, expect, test } from "vitest";
import { FrameCutter, prefixed, type PrefixBytes } from "../../../client/frame-cutter.ts";
import { LineCutter } from "../../../client/line-cutter.ts";

function cut(prefixBytes: PrefixBytes, ...chunks: readonly (readonly number[])[]): string[] {
  const cutter = new FrameCutter(prefixBytes, 1000);
  const frames: string[] = [];
  for (const chunk of chunks) {
    cutter.push(Uint8Array.from(chunk), (frame) => frames.push(Buffer.from(frame).toString()));
  }
  return frames;
}

describe("frames", () => {
  test("stand behind their length, big-endian; one of no bytes is one", () => {
    // The conversation that Skynet's gate was seen to take: \0\2hi \0\0 \0 + \3abc (reference §15.5).
    expect(cut(2, [0, 2, 104, 105, 0, 0, 0], [3, 97, 98, 99])).toEqual(["hi", "", "abc"]);
    expect(cut(4, [0, 0, 0, 2, 104, 105, 0, 0], [0, 0])).toEqual(["hi", ""]);
  });

  test("are copies: the chunk may be used again", () => {
    const frames: Uint8Array[] = [];
    const chunk = Uint8Array.of(0, 1, 7, 0, 1);
    const cutter = new FrameCutter(2, 10);
    cutter.push(chunk, (frame) => frames.push(frame));
    chunk.fill(0);
    cutter.push(Uint8Array.of(8), (frame) => frames.push(frame));

    expect(frames).toEqual([Uint8Array.of(7), Uint8Array.of(8)]);
  });

  test("that are announced too long end the stream, before their bytes are awaited", () => {
    const cutter = new FrameCutter(4, 1000);
    expect(() => cutter.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff), () => {})).toThrow(
      expect.objectContaining({
        code: "PEER_MALFORMED",
        message: "a frame of 4294967295 bytes is announced; at most 1000 are taken",
      }),
    );
  });

  test("know what is missing of them", () => {
    const cutter = new FrameCutter(2, 1000);
    const incomplete = [[0], [3], [1, 2], [3]].map((chunk) => {
      cutter.push(Uint8Array.from(chunk), () => {});
      return cutter.incomplete;
    });

    expect(incomplete).toEqual([
      "1 of 2 bytes of a frame's length",
      "0 of 3 bytes of a frame",
      "2 of 3 bytes of a frame",
      undefined,
    ]);
  });

  test("are sent behind their length, up to the largest", () => {
    expect([...prefixed(Uint8Array.of(5), 2, 10)]).toEqual([0, 1, 5]);
    expect([...prefixed(Uint8Array.of(5), 4, 10)]).toEqual([0, 0, 0, 1, 5]);
    expect(prefixed(new Uint8Array(0xffff), 2, 0xffff).length).toBe(0x1_0001);
    expect(() => prefixed(new Uint8Array(0x1_0000), 2, 0xffff)).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }),
    );
  });
});

describe("lines", () => {
  test("end with a line feed, with or without a carriage return before it", () => {
    const lines: string[] = [];
    const cutter = new LineCutter(16);
    for (const text of ["on", "e\ntwo\r", "\n\nö"]) {
      cutter.push(Buffer.from(text), (line) => lines.push(line));
    }

    expect(lines).toEqual(["one", "two", ""]);
    expect(cutter.incomplete).toBe("a line of 2 bytes without its end");
  });

  test("that do not end are refused", () => {
    const cutter = new LineCutter(8);
    cutter.push(Buffer.from("12345678\n12345"), () => {});
    expect(() => cutter.push(Buffer.from("6789"), () => {})).toThrow(
      expect.objectContaining({
        code: "PEER_MALFORMED",
        message: "a line of over 8 bytes has come",
      }),
    );
  });
});
