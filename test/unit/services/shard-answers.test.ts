// Shard answers: what a cell in the hands of a stranger can make of an operator's figures.
// Unit test of services/host/shard-answers.ts.

import { describe, expect, test } from "vitest";
import { figureOf, ownersOf, serviceFields } from "../../../services/host/shard-answers.ts";

const collection = { beforeBytes: 2, afterBytes: 1, ms: 0.5 };
const owner = { owner: "ann", services: 1, balanceMs: -3, chargedMs: 9, waitingMs: 0 };

describe("a service's figures", () => {
  test("are taken field by field, and nothing else with them", () => {
    const answer = { ":01000101": { ...collection, more: "text" } };

    expect(figureOf(answer, ":01000101", serviceFields.gc)).toEqual(collection);
  });

  test("are not there for a service of which nothing is said", () => {
    expect(figureOf({}, ":01000101", serviceFields.gc)).toBeUndefined();
    expect(figureOf({}, "constructor", serviceFields.gc)).toBeUndefined();
  });

  test.each([
    [null],
    [undefined],
    [7],
    [{ a: null }],
    [{ a: 7 }],
    [{ a: {} }],
    [{ a: { ...collection, ms: "soon" } }],
    [{ a: { ...collection, ms: Number.NaN } }],
  ])("are an error when the shard answers %j", (answer) => {
    expect(figureOf(answer, "a", serviceFields.gc)).toBe("ERROR");
  });

  test("are an error when a text is longer than any of ours", () => {
    const stat = Object.fromEntries(Object.keys(serviceFields.stat).map((name) => [name, 1]));

    expect(figureOf({ a: { ...stat, state: "ready" } }, "a", serviceFields.stat)).toMatchObject({
      state: "ready",
    });
    expect(figureOf({ a: { ...stat, state: "x".repeat(65) } }, "a", serviceFields.stat)).toBe(
      "ERROR",
    );
  });
});

describe("a cell's owners", () => {
  test("are taken field by field", () => {
    expect(ownersOf([{ ...owner, more: 1 }])).toEqual([owner]);
    expect(ownersOf([])).toEqual([]);
  });

  test.each([[null], ["x"], [{}], [[null]], [[owner, { ...owner, services: "many" }]]])(
    "are an error when the cell answers %j",
    (answer) => {
      expect(ownersOf(answer)).toBe("ERROR");
    },
  );
});
