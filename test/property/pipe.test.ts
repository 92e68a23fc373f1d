// Pipe: any frames, any cuts of the byte stream between its two ends.
// Property test of src/link/pipe.ts. fast-check prints the seed and the shortest failing run.
// Invariant: what is read is what was written, whole and in order, up to the first header that is
// none, and nothing behind that.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PipeReader, PipeWriter } from "../../src/link/pipe.ts";
import { frameHeaderBytes } from "../../wire/frame.ts";
import { frame, seeFrame, type SeenFrame } from "../kit/frames.ts";

const frameBytesMax = 200_000;

/** Most are small; some are larger than what the writer batches. */
const bodyBytes = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.nat(frameBytesMax - frameHeaderBytes) },
);

/** Sizes of chunks, taken in turn until the stream has been handed on. */
const cuts = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70_000 })),
  {
    minLength: 1,
    maxLength: 30,
  },
);

/** Each frame has its number as session, and a body that follows from it. */
function numbered(session: number, bytes: number): Uint32Array {
  return frame({ session, body: new Uint8Array(bytes).fill((session * 37) & 0xff) });
}

function isIntact(seen: SeenFrame, bytes: number | undefined): boolean {
  const byte = (seen.session * 37) & 0xff;
  return seen.body.length === bytes && seen.body.every((other) => other === byte);
}

/** What a writer sends for frames of these sizes, pumped behind each whose number is in `pumps`. */
function streamOf(sizes: readonly number[], pumps: ReadonlySet<number>): Buffer {
  const sent: Uint8Array[] = [];
  const sink = {
    write: (bytes: Uint8Array) => sent.push(bytes) > 0,
    writableLength: 0,
    writable: true,
  };
  const writer = new PipeWriter(sink);
  for (const [index, bytes] of sizes.entries()) {
    const words = numbered(index + 1, bytes);
    writer.write(words, 0, words[0] as number);
    if (pumps.has(index)) writer.pump();
  }
  writer.pump();
  return Buffer.concat(sent);
}

/** Chunks of these sizes, over and over; tiny ones only for the first part of a long stream. */
function* chunksOf(stream: Buffer, sizes: readonly number[]): IterableIterator<Buffer> {
  const longMin = Math.ceil(stream.length / 2000);
  let start = 0;
  for (let index = 0; start < stream.length; index++) {
    const bytes = Math.max(longMin, sizes[index % sizes.length] as number);
    yield stream.subarray(start, start + bytes);
    start += bytes;
  }
}

test("what one end of a pipe writes the other reads, however the stream is cut", () => {
  const sizes = fc.array(bodyBytes, { maxLength: 40 });
  const pumps = fc.uniqueArray(fc.nat(40));

  fc.assert(
    fc.property(
      sizes,
      pumps,
      cuts,
      fc.integer({ min: 1, max: 8 }),
      (bodies, at, cut, framesMax) => {
        const reader = new PipeReader(frameBytesMax, (what) => expect.fail(what));
        const seen: SeenFrame[] = [];
        const read = (): number =>
          reader.read((words, word) => seen.push(seeFrame(words, word)), framesMax);

        for (const chunk of chunksOf(streamOf(bodies, new Set(at)), cut)) {
          reader.push(chunk);
          expect(read()).toBeLessThanOrEqual(framesMax);
        }
        while (!reader.isEmpty) read();

        expect(seen.map(({ session }) => session)).toEqual(bodies.map((_, index) => index + 1));
        expect(seen.every((each, index) => isIntact(each, bodies[index]))).toBe(true);
        expect(reader.pendingBytes).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test("a header that is none is told of once, and nothing behind it is read", () => {
  const header = fc.oneof(
    fc.record({ length: fc.integer({ min: 0, max: frameHeaderBytes - 1 }) }),
    fc.record({ length: fc.integer({ min: frameBytesMax + 1, max: 0xffff_ffff }) }),
    fc.record({ flags: fc.integer({ min: 0x10_0000, max: 0xff_ffff }) }),
    fc.record({ session: fc.integer({ min: 0x8000_0000, max: 0xffff_ffff }) }),
  );

  fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 8 }), header, cuts, (bodies, fields, cut) => {
      const told: string[] = [];
      const reader = new PipeReader(frameBytesMax, (what) => told.push(what));
      const broken = Buffer.from(frame(fields).buffer);
      const before = streamOf(bodies, new Set());
      const stream = Buffer.concat([before, broken, streamOf([1, 2, 3], new Set())]);
      let frames = 0;

      for (const chunk of chunksOf(stream, cut)) {
        reader.push(chunk);
        frames += reader.read(() => {}, 1000);
      }
      frames += reader.read(() => {}, 1000);

      expect([frames, told.length, reader.isEmpty]).toEqual([bodies.length, 1, true]);
    }),
    { numRuns: 200 },
  );
});
