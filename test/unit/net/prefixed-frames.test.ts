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
});
