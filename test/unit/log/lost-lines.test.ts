// Lost lines and the flood gate: who is told of what is dropped, and how often.
// Times are numbers passed in.

import { describe, expect, test } from "vitest";
import { FloodGate } from "../../../src/log/flood-gate.ts";
import { LostLines } from "../../../src/log/lost-lines.ts";
import { limits } from "../../../wire/limits.ts";

describe("lost lines", () => {
  test("are reported a second after the first one, with their speaker and number", () => {
    const lost = new LostLines();
    lost.count(":01000007", "flood", 100);
    lost.count(":01000007", "flood", 700);

    expect(lost.takeDue(1099)).toEqual([]);
    expect(lost.takeDue(1100)).toEqual([{ addressText: ":01000007", name: "flood", lines: 2 }]);
  });

  test("are reported at intervals that double while the flood goes on, to 64 seconds", () => {
    const lost = new LostLines();
    const reportedAtS: number[] = [];

    for (let second = 0; second <= 260; second++) {
      lost.count(":01000007", "flood", second * 1000);
      if (lost.takeDue(second * 1000).length > 0) reportedAtS.push(second);
    }

    expect(reportedAtS).toEqual([1, 3, 7, 15, 31, 63, 127, 191, 255]);
  });

  test("are forgotten after an interval without any, and start anew", () => {
    const lost = new LostLines();
    lost.count(":01000007", "flood", 0);
    lost.takeDue(1000);

    lost.takeDue(3000);
    const isForgotten = lost.isEmpty;
    lost.count(":01000007", "flood", 9000);

    expect(isForgotten).toBe(true);
    expect(lost.takeDue(10_000)).toHaveLength(1);
  });

  test("of more speakers than are remembered are told together", () => {
    const lost = new LostLines();
    for (let speaker = 0; speaker < 1024 + 5; speaker++) lost.count(`:${speaker}`, "swarm", 0);

    const reports = lost.takeDue(1000);

    expect(reports).toHaveLength(1025);
    expect(reports.at(-1)).toEqual({ addressText: "others", name: "", lines: 5 });
  });
});

describe("flood gate", () => {
  test("lets logLinesPerSecondMax lines of each speaker through, and more in the next second", () => {
    const gate = new FloodGate();
    const max = limits.logLinesPerSecondMax;
    for (let line = 0; line < max; line++) gate.admit(":01000007", 5);

    expect(gate.admit(":01000007", 1004)).toBe(false);
    expect(gate.admit(":01000008", 1004)).toBe(true);
    expect(gate.admit(":01000007", 1005)).toBe(true);
  });
});
