// Placement: which shard a service goes to.
// Unit test of src/placement/placement.ts.
// Invariant: loads are what turn marks would show.

import { describe, expect, test } from "vitest";
import { placeService } from "../../../src/placement/placement.ts";

const load = (index: number, services: number, waiting = 0) => ({ index, services, waiting });

describe("placement", () => {
  test("takes the shard with the fewest services", () => {
    expect(placeService([load(1, 7), load(2, 3), load(3, 5)])).toBe(2);
  });

  test("takes the lowest index of equals", () => {
    expect(placeService([load(1, 4), load(2, 3), load(3, 3)])).toBe(2);
  });

  test("weighs 256 waiting frames like one more service", () => {
    expect(placeService([load(1, 3, 255), load(2, 4, 0)])).toBe(1);
    expect(placeService([load(1, 3, 257), load(2, 4, 0)])).toBe(2);
  });

  test("takes the shard it is to be near, however loaded", () => {
    expect(placeService([load(1, 0), load(2, 900, 100_000)], 2)).toBe(2);
  });

  test("takes the least loaded when the shard to be near is none of these", () => {
    expect(placeService([load(1, 5), load(2, 4)], 0)).toBe(2);
  });

  test("never takes shard 0, not even to be near it", () => {
    expect(placeService([load(0, 0), load(1, 5)])).toBe(1);
    expect(placeService([load(0, 0), load(1, 5)], 0)).toBe(1);
  });

  test("fails when there is no shard for guests", () => {
    expect(() => placeService([load(0, 0)])).toThrow("a host has at least one shard for guests");
  });
});
