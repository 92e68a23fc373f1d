// Framing of the client library over any split of the byte stream, and over any bytes.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameCutter, prefixed, type PrefixBytes } from "../../client/frame-cutter.ts";
import { LineCutter } from "../../client/line-cutter.ts";
import { isCodedError } from "../../wire/coded-error.ts";

const bytesMax = 400;

/** Cuts `bytes` at the given places, in any order and number. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const cutsOf = fc.array(fc.nat(), { maxLength: 40 });
const prefixes = fc.constantFrom<PrefixBytes>(2, 4);

describe("frames of a client", () => {
  test("come out as they went in, however the stream is split", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

    fc.assert(
      fc.property(prefixes, bodies, cutsOf, (prefix, sent, cuts) => {
        const received: Uint8Array[] = [];
        const cutter = new FrameCutter(prefix, bytesMax);
        const stream = Buffer.concat(sent.map((body) => prefixed(body, prefix, bytesMax)));

        for (const chunk of split(stream, cuts)) cutter.push(chunk, (body) => received.push(body));

        expect(received).toEqual(sent);
        expect(cutter.incomplete).toBeUndefined();
      }),
    );
  });

  test("of any bytes are the same frames or PEER_MALFORMED, however the stream is split", () => {
    const outcome = (prefix: PrefixBytes, chunks: readonly Uint8Array[]): unknown[] => {
      const seen: unknown[] = [];
      const cutter = new FrameCutter(prefix, bytesMax);
      try {
        for (const chunk of chunks) cutter.push(chunk, (body) => seen.push(body));
        return [...seen, cutter.incomplete];
      } catch (error) {
        return [...seen, isCodedError(error) ? error.code : error];
      }
    };

    fc.assert(
      fc.property(prefixes, fc.uint8Array({ maxLength: 600 }), cutsOf, (prefix, stream, cuts) => {
        const whole = outcome(prefix, [stream]);

        expect(outcome(prefix, split(stream, cuts))).toEqual(whole);
        expect(whole.at(-1) ?? "").toMatch(/^(PEER_MALFORMED|\d+ of \d+ bytes of .*)?$/);
      }),
    );
  });
});

describe("lines of a client", () => {
  test("come out as they went in, however the stream is split", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((text) => text.replaceAll(/[\r\n]/g, ""));
    const sentLines = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { maxLength: 20 });

    fc.assert(
      fc.property(sentLines, cutsOf, (sent, cuts) => {
        const received: string[] = [];
        const cutter = new LineCutter(4096);
        const stream = Buffer.from(sent.map(([text, end]) => text + end).join(""));

        for (const chunk of split(stream, cuts)) cutter.push(chunk, (text) => received.push(text));

        expect(received).toEqual(sent.map(([text]) => text));
      }),
    );
  });
});
