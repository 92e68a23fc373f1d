// Hotfix answer: what a cell says of a hotfix has the shape of an outcome, or counts for nothing.

import { describe, expect, test } from "vitest";
import { readPatchAnswer } from "../../../services/host/hotfix-answer.ts";

const long = "x".repeat(5000);

describe("an answer", () => {
  test("is taken over without what does not belong to it, and cut", () => {
    const functions = Array.from({ length: 500 }, () => ({ name: long, line: 3, more: 1 }));
    const given = { outcome: { kind: "applied", reason: long, functions, more: 1 }, heldMs: 2.5 };

    const { outcome, heldMs } = readPatchAnswer(given);

    expect(heldMs).toBe(2.5);
    expect(Object.keys(outcome)).toEqual(["kind", "reason", "functions"]);
    if (outcome.kind !== "applied") throw new Error(outcome.kind);
    expect(outcome.functions).toHaveLength(100);
    expect(outcome.functions[0]).toEqual({ name: long.slice(0, 1000), line: 3 });
  });

  test.each([
    undefined,
    null,
    "applied",
    { outcome: { kind: "applied", reason: "x", functions: {} }, heldMs: 1 },
    { outcome: { kind: "applied", reason: 1, functions: [] }, heldMs: 1 },
    { outcome: { kind: "great", reason: "x" }, heldMs: 1 },
    { outcome: { kind: "busy", reason: "x" }, heldMs: Number.NaN },
    { outcome: { kind: "rejected", reason: "x", line: -1, column: 0 }, heldMs: 1 },
    { outcome: { kind: "needs-replacement", reason: "x", obstacles: [{}] }, heldMs: 1 },
  ])("that is malformed is none: %j", (given) => {
    expect(() => readPatchAnswer(given)).toThrow(
      expect.objectContaining({ code: "HOTFIX_FAILED" }) as Error,
    );
  });
});
