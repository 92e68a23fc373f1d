// Overload: one report per doubling of a mailbox.
// Unit test of src/kernel/overload.ts.
// Invariant: the first threshold is overloadDepthMin, 1,024.

import { describe, expect, test } from "vitest";
import { Overload } from "../../../src/kernel/overload.ts";

function reports(depths: readonly number[]): number[] {
  const overload = new Overload();
  return depths.map((depth) => overload.observe(depth));
}

describe("overload", () => {
  test("reports the first depth over 1,024", () => {
    expect(reports([1023, 1024, 1025])).toEqual([0, 0, 1025]);
  });

  test("reports once per doubling", () => {
    expect(reports([1535, 1600, 2048, 2049, 4096, 4097])).toEqual([1535, 0, 0, 2049, 0, 4097]);
  });

  test("doubles past a depth that jumps over several thresholds", () => {
    expect(reports([9000, 9001, 16_384, 16_385])).toEqual([9000, 0, 0, 16_385]);
  });

  test("does not report again when the mailbox shrinks and grows without being empty", () => {
    expect(reports([1500, 1, 1500])).toEqual([1500, 0, 0]);
  });

  test("starts at 1,024 again once the mailbox is empty", () => {
    expect(reports([5000, 0, 1025])).toEqual([5000, 0, 1025]);
  });
});
