// Pace of the example world's gate: how fast one player's lines are passed on.

import { describe, expect, test } from "vitest";
import { Pace } from "../../../examples/agents/host/pace.ts";

describe("pace", () => {
  test("lets one second's worth through at once, then one for each share of a second", () => {
    let nowMs = 5000;
    const pace = new Pace(4, () => nowMs);

    const atOnce = Array.from({ length: 5 }, () => pace.take());
    nowMs += 249;
    const early = pace.take();
    nowMs += 1;
    const inTime = pace.take();

    expect(atOnce).toEqual([0, 0, 0, 0, 250]);
    expect(early).toBe(1);
    expect(inTime).toBe(0);
  });

  test("saves up no more than one second's worth", () => {
    let nowMs = 0;
    const pace = new Pace(3, () => nowMs);
    nowMs += 60_000;

    const taken = Array.from({ length: 4 }, () => pace.take());

    expect(taken.filter((waitMs) => waitMs === 0)).toHaveLength(3);
  });
});
