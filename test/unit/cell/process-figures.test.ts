// Process figures: what this system tells of this very process, and of none.

import { describe, expect, test } from "vitest";
import { residentBytes, waitedMs } from "../../../src/cell/process-figures.ts";

const pidMax = 2 ** 22; // Linux gives no process this number: the numbers end below it

describe.runIf(process.platform === "linux")("figures of a process on Linux", () => {
  test("tell its memory as the process itself sees it", () => {
    const seen = process.memoryUsage.rss();
    const told = residentBytes(process.pid) as number;

    expect(told / seen).toBeGreaterThan(0.5);
    expect(told / seen).toBeLessThan(2);
  });

  test("tell how long it has waited for a core, which is never less than before", () => {
    const before = waitedMs(process.pid) as number;

    expect(before).toBeGreaterThanOrEqual(0);
    expect(waitedMs(process.pid)).toBeGreaterThanOrEqual(before);
  });
});

test.each([pidMax, 0, -1])("there are no figures of process %i", (pid) => {
  expect([residentBytes(pid), waitedMs(pid)]).toEqual([undefined, undefined]);
});
