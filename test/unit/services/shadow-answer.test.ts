// Shadow answer: what a cell says of its shadows has the shape of reports, or counts for nothing.

import { describe, expect, test } from "vitest";
import { readShadowReport, readShadowReports } from "../../../services/host/shadow-answer.ts";
import { limits } from "../../../wire/limits.ts";

const long = "x".repeat(5000);
const counts = { compared: 4, different: 1, errors: 0, logLines: 2, cpuMs: 1.5, originalCpuMs: 2 };
const report = { address: 9, ending: "", ms: 5, inputs: 3, behindBytes: 0, ...counts };
const first = { input: 1, frame: 0, original: "a", copy: "b" };

describe("a report", () => {
  test("is taken over without what does not belong to it, and cut", () => {
    const given = { ...report, ending: long, more: 1, first: { ...first, copy: long, more: 2 } };

    expect(readShadowReport(given)).toEqual({
      ...report,
      ending: long.slice(0, 1000),
      first: { ...first, copy: long.slice(0, 1000) },
    });
    expect(readShadowReport(report)).toEqual({ ...report, first: undefined });
  });

  test.each([
    undefined,
    [],
    { ...report, ending: 1 },
    { ...report, cpuMs: -1 },
    { ...report, compared: Number.NaN },
    { ...report, first: null },
    { ...report, first: { ...first, frame: "0" } },
  ])("that is none is an error: %j", (given) => {
    expect(() => readShadowReport(given)).toThrow("has not the shape of a shadow's report");
  });
});

test("a list is no longer than there can be shadows", () => {
  const many = Array.from({ length: 100 }, () => report);

  expect(readShadowReports(many)).toHaveLength(limits.shadowsMax * 2);
  expect(() => readShadowReports({})).toThrow("has not the shape");
});
