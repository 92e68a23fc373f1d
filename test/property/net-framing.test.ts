// Framing of src/net over any split of the byte stream.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineReader } from "../../src/net/line-reader.ts";
import { PrefixedReader, prefixFrame } from "../../src/net/prefixed-frames.ts";

/** Cuts `bytes` at the given places, in any order and number. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const cutsOf = fc.array(fc.nat(), { maxLength: 40 });

describe("prefixed frames", () => {
  test("come out as they went in, however the stream is split", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

    fc.assert(
      fc.property(bodies, cutsOf, fc.constantFrom(2, 4), (sent, cuts, prefixBytes) => {
        const received: Uint8Array[] = [];
        const onFrame = (body: Uint8Array): void => void received.push(Uint8Array.from(body));
        const reader = new PrefixedReader(onFrame, { prefixBytes });

        const stream = Buffer.concat(sent.map((body) => prefixFrame(body, prefixBytes)));
        for (const chunk of split(stream, cuts)) reader.push(chunk);

        expect(received).toEqual(sent);
        expect(reader.isBetweenFrames).toBe(true);
      }),
    );
  });

  test("are bounded: however garbage is split, no more is held than twice what has come", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), cutsOf, (garbage, cuts) => {
        let received = 0;
        const reader = new PrefixedReader((body) => (received += body.length), {
          prefixBytes: 4,
          bodyBytesMax: 1 << 20,
        });

        for (const chunk of split(garbage, cuts)) {
          reader.push(chunk);
          expect(reader.heldBytes).toBeLessThanOrEqual(4096);
        }
        expect(received).toBeLessThanOrEqual(garbage.length);
      }),
    );
  });
});

describe("lines", () => {
  test("come out as they went in, however the stream is split", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((text) => text.replaceAll(/[\r\n]/g, ""));
    const sentLines = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { maxLength: 20 });

    fc.assert(
      fc.property(sentLines, cutsOf, (sent, cuts) => {
        const received: string[] = [];
        const reader = new LineReader(4096, {
          onLine: (text) => received.push(text),
          onOverlong: () => received.push("overlong"),
        });

        const stream = Buffer.from(sent.map(([text, end]) => text + end).join(""));
        for (const chunk of split(stream, cuts)) reader.push(chunk);

        expect(received).toEqual(sent.map(([text]) => text));
      }),
    );
  });

  test("are bounded: however it is split, an overlong line is refused and nothing follows it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 18, max: 200 }), cutsOf, (length, cuts) => {
        const seen: string[] = [];
        const reader = new LineReader(16, {
          onLine: (text) => seen.push(text),
          onOverlong: () => seen.push("overlong"),
        });

        const stream = Buffer.from(`first\n${"x".repeat(length)}\nlast\n`);
        for (const chunk of split(stream, cuts)) reader.push(chunk);

        expect(seen).toEqual(["first", "overlong"]);
      }),
    );
  });
});
