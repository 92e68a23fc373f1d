// Process figures: what this system tells of this very process, and of none.

import { describe, expect, test } from "vitest";
import { cpuMs, residentBytes } from "../../../src/cell/process-figures.ts";

const pidMax = 2 ** 22; // Linux gives no process this number: the numbers end below it

describe.runIf(process.platform === "linux")("figures of a process on Linux", () => {
  test("tell its memory as the process itself sees it", () => {
    const seen = process.memoryUsage.rss();
    const told = residentBytes(process.pid) as number;

    expect(told / seen).toBeGreaterThan(0.5);
    expect(told / seen).toBeLessThan(2);
  });

  test("tell its CPU time, which goes on as it works", () => {
    const { user, system } = process.cpuUsage();
    const ownMs = (user + system) / 1000;
    const beforeMs = cpuMs(process.pid) as number;
    const tickMs = 10;
    while (process.cpuUsage().user / 1000 < user / 1000 + 5 * tickMs);

    expect(Math.abs(beforeMs - ownMs)).toBeLessThan(20 * tickMs);
    expect(cpuMs(process.pid)).toBeGreaterThanOrEqual(beforeMs + 2 * tickMs);
  });
});

test.each([pidMax, 0, -1])("there are no figures of process %i", (pid) => {
  expect([residentBytes(pid), cpuMs(pid)]).toEqual([undefined, undefined]);
});
