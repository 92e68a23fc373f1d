// Byte queue: against a plain array.
// Property test of src/kernel/byte-queue.ts. fast-check prints the seed and the shortest failing
// run.
// Invariant: after each step the queue tells the same as the array.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteQueue } from "../../src/kernel/byte-queue.ts";
import { frame, seeFrame } from "../kit/frames.ts";

/** Body bytes to push, or undefined to drop the oldest. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.nat(400) },
  { weight: 1, arbitrary: fc.nat(20_000) },
  { weight: 20, arbitrary: fc.constant(undefined) },
);

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** What is done to which of three queues, with frames large enough for spare buffers. */
const shared = fc.tuple(
  fc.nat(2),
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 150_000 }) },
    { weight: 4, arbitrary: fc.constant(undefined) },
  ),
);

test("queues that hand their buffers to each other keep their frames apart", () => {
  fc.assert(
    fc.property(fc.array(shared, { maxLength: 60 }), (steps) => {
      const queues = [new ByteQueue(), new ByteQueue(), new ByteQueue()];
      const models: { readonly session: number; readonly bodyBytes: number }[][] = [[], [], []];
      let session = 0;

      for (const [index, bodyBytes] of steps) {
        const [queue, model] = [queues[index] as ByteQueue, models[index] ?? []];
        if (bodyBytes === undefined) {
          if (model.shift() !== undefined) queue.drop();
        } else {
          session++;
          model.push({ session, bodyBytes });
          queue.push(frame({ session, body: Buffer.alloc(bodyBytes, session & 0xff) }), 0);
        }
      }

      for (const [index, model] of models.entries()) {
        const queue = queues[index] as ByteQueue;
        for (const wanted of model) {
          const seen = seeFrame(queue.words, queue.headAt());
          expect([seen.session, seen.body.length]).toEqual([wanted.session, wanted.bodyBytes]);
          expect(Buffer.alloc(wanted.bodyBytes, wanted.session & 0xff).equals(seen.body)).toBe(
            true,
          );
          queue.drop();
        }
        expect(queue.depth).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

test("a byte queue holds what an array of frames would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new ByteQueue();
      const model: Uint32Array[] = [];
      let pushed = 0;

      for (const bodyBytes of steps) {
        if (bodyBytes === undefined) {
          if (model.shift() !== undefined) queue.drop();
        } else {
          pushed++;
          const words = frame({
            session: pushed,
            body: new Uint8Array(bodyBytes).fill((pushed * 31) & 0xff),
          });
          model.push(words);
          queue.push(words, 0);
        }

        const bytes = model.reduce((sum, words) => sum + padded(words[0] as number), 0);
        expect([queue.depth, queue.bytes]).toEqual([model.length, bytes]);
        const [oldest] = model;
        if (oldest === undefined) continue;
        const seen = seeFrame(queue.words, queue.headAt());
        expect([seen.session, seen.length]).toEqual([oldest[3], oldest[0]]);
        expect(seen.body.every((byte) => byte === ((seen.session * 31) & 0xff))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
