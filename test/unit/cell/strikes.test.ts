// Strikes: what an owner's offences come to, and how they fade.
// Unit test of src/cell/strikes.ts: the time is the test's.

import { describe, expect, test } from "vitest";
import { offencePoints, Strikes, type Offence } from "../../../src/cell/strikes.ts";
import { limits } from "../../../wire/limits.ts";

function makeStrikes() {
  let nowMs = 1_000_000;
  const strikes = new Strikes(() => nowMs);
  return {
    strikes,
    pass: (minutes: number) => (nowMs += minutes * 60_000),
    /** Notes an offence so often; how often the standing changed. */
    note: (owner: string, offence: Offence, times = 1): number => {
      let changes = 0;
      for (let time = 0; time < times; time++) if (strikes.note(owner, offence)) changes++;
      return changes;
    },
    pointsOf: (owner: string) => strikes.list().find((each) => each.owner === owner)?.points,
  };
}

const slices = (points: number): number => Math.ceil(points / offencePoints.slice);

describe("an owner", () => {
  test("without offences is free and has no record", () => {
    const { strikes } = makeStrikes();

    expect(strikes.standingOf("ann")).toBe("free");
    expect(strikes.list()).toEqual([]);
  });

  test("is quarantined at the one bound and refused at the other, and told of each once", () => {
    const { strikes, note } = makeStrikes();

    expect(note("ann", "slice", slices(limits.strikesQuarantined) - 1)).toBe(0);
    expect(strikes.standingOf("ann")).toBe("free");
    expect(note("ann", "slice")).toBe(1);
    expect(strikes.standingOf("ann")).toBe("quarantined");
    expect(note("ann", "slice", slices(limits.strikesRefused - limits.strikesQuarantined))).toBe(1);
    expect(strikes.standingOf("ann")).toBe("refused");
    expect(note("ann", "cell", 5)).toBe(0);
  });

  test("that loses two cells in a row is quarantined, with four refused", () => {
    const { strikes, note } = makeStrikes();

    note("ann", "cell", 2);
    expect(strikes.standingOf("ann")).toBe("quarantined");
    note("ann", "cell", 2);
    expect(strikes.standingOf("ann")).toBe("refused");
  });

  test("does not answer for another's offences", () => {
    const { strikes, note } = makeStrikes();
    note("ann", "cell", 10);

    expect(strikes.standingOf("bob")).toBe("free");
    expect(strikes.list().map(({ owner }) => owner)).toEqual(["ann"]);
  });
});

describe("points", () => {
  test("fade with each minute, to nothing and not below", () => {
    const { note, pass, pointsOf } = makeStrikes();
    note("ann", "cell");

    pass(2);
    expect(pointsOf("ann")).toBe(60 - 2 * limits.strikesFadePerMinute);
    pass(1_000_000);
    expect(pointsOf("ann")).toBe(0);
    note("ann", "memory");
    expect(pointsOf("ann")).toBe(offencePoints.memory);
  });

  test("fade as much however often somebody looks", () => {
    const { strikes, note, pass, pointsOf } = makeStrikes();
    note("ann", "cell");

    for (let look = 0; look < 100; look++) {
      pass(0.01);
      strikes.standingOf("ann");
    }

    expect(pointsOf("ann")).toBe(60 - limits.strikesFadePerMinute);
  });

  test("that have faded free an owner, whose next offence tells of a change anew", () => {
    const { strikes, note, pass } = makeStrikes();
    note("ann", "cell", 2);
    pass(10);

    expect(strikes.standingOf("ann")).toBe("free");
    expect(note("ann", "cell", 2)).toBe(1);
  });

  test("leave a count of the offences behind that does not fade", () => {
    const { strikes, note, pass } = makeStrikes();
    note("ann", "slice", 3);
    note("ann", "memory", 2);
    note("ann", "cell");
    pass(1000);

    expect(strikes.list()).toEqual([
      { owner: "ann", points: 0, standing: "free", slice: 3, memory: 2, cell: 1 },
    ]);
  });
});

test("the worst owner is listed first", () => {
  const { strikes, note } = makeStrikes();
  note("mild", "slice");
  note("worst", "cell", 2);
  note("bad", "memory");

  expect(strikes.list().map(({ owner }) => owner)).toEqual(["worst", "bad", "mild"]);
});

test("an owner that is forgiven starts anew; where nothing is, there is nothing to forgive", () => {
  const { strikes, note } = makeStrikes();
  note("ann", "cell", 10);

  expect(strikes.clear("ann")).toBe(true);
  expect([strikes.standingOf("ann"), strikes.list()]).toEqual(["free", []]);
  expect(strikes.clear("ann")).toBe(false);
});
