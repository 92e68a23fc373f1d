// Batch weight: how many frames a turn brings.
// Unit test of src/kernel/batch.ts.
// Invariant: the weights are Skynet's.

import { expect, test } from "vitest";
import { batchFrames } from "../../../src/kernel/batch.ts";
import { limits } from "../../../wire/limits.ts";

test.each([
  [-1, 200, 1],
  [0, 200, 200],
  [1, 200, 100],
  [2, 200, 50],
  [3, 200, 25],
  [1, 7, 3],
] as const)("weight %i of %i waiting frames gives %i", (weight, depth, frames) => {
  expect(batchFrames(depth, weight)).toBe(frames);
});

test("a batch has at least one frame", () => {
  expect(batchFrames(1, 3)).toBe(1);
});

test("a batch has at most batchFramesMax frames", () => {
  expect(batchFrames(limits.batchFramesMax, 0)).toBe(limits.batchFramesMax);
  expect(batchFrames(limits.batchFramesMax + 1, 0)).toBe(limits.batchFramesMax);
});
