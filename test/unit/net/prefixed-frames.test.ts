// Prefixed frames: the two-byte length at its edges, and the transcript of Skynet's gate (reference
// §15.5).

import { describe, expect, test } from "vitest";
import { PrefixedReader, prefixFrame } from "../../../src/net/prefixed-frames.ts";

function reading() {
  const bodies: string[] = [];
  const reader = new PrefixedReader((body) => bodies.push(Buffer.from(body).toString("latin1")));
  return { bodies, reader };
}

describe("prefixed frames", () => {
  test("are read as Skynet's gate reads them: a whole one, an empty one, one whose length is split", () => {
    const { bodies, reader } = reading();

    reader.push(Buffer.from("\0\u0002hi\0\0\0", "latin1"));
    reader.push(Buffer.from("\u0003abc", "latin1"));

    expect(bodies).toEqual(["hi", "", "abc"]);
  });

  test("know whether the stream has stopped between two of them", () => {
    const { reader } = reading();

    reader.push(Uint8Array.of(0));
    const afterHalfLength = reader.isBetweenFrames;
    reader.push(Uint8Array.of(2, 7));
    const afterHalfBody = reader.isBetweenFrames;
    reader.push(Uint8Array.of(11));

    expect([afterHalfLength, afterHalfBody, reader.isBetweenFrames]).toEqual([false, false, true]);
  });

  test("carry 65,535 bytes", () => {
    const { bodies, reader } = reading();

    reader.push(prefixFrame(Buffer.alloc(65_535, "x")));

    expect(bodies[0]).toHaveLength(65_535);
  });

  test("refuse 65,536 bytes with MESSAGE_TOO_LARGE", () => {
    expect(() => prefixFrame(Buffer.alloc(65_536))).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }),
    );
  });

  test("write the length big-endian, without itself", () => {
    expect([...prefixFrame(Uint8Array.of(9, 8, 7)).subarray(0, 3)]).toEqual([0, 3, 9]);
    expect([...prefixFrame(Buffer.alloc(0x0102)).subarray(0, 2)]).toEqual([1, 2]);
  });

  test("have lengths of four bytes as well", () => {
    const bodies: number[] = [];
    const reader = new PrefixedReader((body) => bodies.push(body.length), {
      prefixBytes: 4,
      bodyBytesMax: 100_000,
    });
    const frame = prefixFrame(Buffer.alloc(70_000), 4, 100_000);

    for (const part of [frame.subarray(0, 3), frame.subarray(3, 50), frame.subarray(50)])
      reader.push(part);

    expect([...frame.subarray(0, 4)]).toEqual([0, 1, 0x11, 0x70]);
    expect(bodies).toEqual([70_000]);
  });

  test("end with the one that is announced longer than bodyBytesMax", () => {
    const bodies: string[] = [];
    const oversized: number[] = [];
    const reader = new PrefixedReader((body) => bodies.push(Buffer.from(body).toString()), {
      prefixBytes: 4,
      bodyBytesMax: 10,
      onOversized: (bodyBytes) => oversized.push(bodyBytes),
    });

    reader.push(Buffer.from("\0\0\0\u0002hi\u0080\0\0\0", "latin1"));
    reader.push(Buffer.from("\0\0\0\u0002no", "latin1"));

    expect([bodies, oversized]).toEqual([["hi"], [0x8000_0000]]);
  });

  test("hold memory for what has come, not for what is announced", () => {
    const reader = new PrefixedReader(() => {}, { prefixBytes: 4, bodyBytesMax: 1 << 24 });

    reader.push(Uint8Array.of(1, 0, 0, 0, 7));
    const first = reader.heldBytes;
    reader.push(new Uint8Array(100_000));

    expect(first).toBe(4096);
    expect(reader.heldBytes).toBeLessThanOrEqual(200_000);
  });

  test("stop in the middle of a chunk when whoever gets them says so", () => {
    const bodies: number[] = [];
    const reader: PrefixedReader = new PrefixedReader((body) => {
      bodies.push(body.length);
      if (bodies.length === 2) reader.stop();
    });

    reader.push(Buffer.concat([1, 2, 3].map((size) => prefixFrame(Buffer.alloc(size)))));

    expect(bodies).toEqual([1, 2]);
  });
});
