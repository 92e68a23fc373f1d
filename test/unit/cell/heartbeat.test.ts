// Heartbeat: which cells count as stalled, and which the machine has only held up.
// Unit test of src/cell/heartbeat.ts: the times are the test's.

import { describe, expect, test } from "vitest";
import { Heartbeat, type Look } from "../../../src/cell/heartbeat.ts";

const times = { intervalMs: 100, stallMs: 400, startMs: 20_000 };

/** A heartbeat and a clock that only looks move on. */
function makeHeart({ isReady = true } = {}) {
  const heartbeat = new Heartbeat(times, 0);
  let nowMs = 0;
  const kit = {
    heartbeat,
    /** Looks after `passedMs`; the cell has waited this long for a core in all. */
    look: (waitedMs: number | undefined, passedMs = times.intervalMs): Look => {
      nowMs += passedMs;
      return heartbeat.look(nowMs, waitedMs);
    },
    /** Looks at each interval until it is stalled; for how long it has owed an answer. */
    stalledAfterMs: (perLookMs: number | undefined, looksMax = 1000): number | undefined => {
      for (let looks = 1; looks <= looksMax; looks++) {
        const look = kit.look(perLookMs === undefined ? undefined : looks * perLookMs);
        if (look.kind === "stalled") return look.owedMs;
      }
      return undefined;
    },
  };
  if (isReady) {
    kit.look(0);
    heartbeat.answered(1);
  }
  return kit;
}

describe("a cell that answers", () => {
  test("is asked again at each look, with a beat of its own", () => {
    const { heartbeat, look } = makeHeart();

    for (let beat = 2; beat < 200; beat++) {
      expect(look(beat * 100)).toEqual({ kind: "ask", beat });
      heartbeat.answered(beat);
    }
  });

  test("owes nothing for the time before its last answer", () => {
    const { heartbeat, look } = makeHeart();
    look(0);
    for (let waits = 0; waits < 4; waits++) expect(look(0)).toEqual({ kind: "wait" });
    heartbeat.answered(2);

    expect(look(0)).toEqual({ kind: "ask", beat: 3 });
    for (let waits = 0; waits < 4; waits++) expect(look(0)).toEqual({ kind: "wait" });
  });
});

describe("a cell that does not answer", () => {
  test("is stalled after its time when it has had a core, or slept", () => {
    const { stalledAfterMs } = makeHeart();

    expect(stalledAfterMs(0)).toBe(500);
  });

  test("is stalled after four times as long when it gets no core", () => {
    const { stalledAfterMs } = makeHeart();

    expect(stalledAfterMs(100)).toBe(1700);
  });

  test("has more time when the machine gives it a part of a core", () => {
    const { stalledAfterMs } = makeHeart();

    expect(stalledAfterMs(60)).toBe(1100);
  });

  test("is stalled by the clock where the system does not tell of waiting", () => {
    const { stalledAfterMs } = makeHeart();

    expect(stalledAfterMs(undefined)).toBe(500);
  });

  test("gets nothing for the waiting that it did before it was asked", () => {
    const { look } = makeHeart();
    expect(look(1_000_000)).toMatchObject({ kind: "ask" });

    for (let waits = 0; waits < 4; waits++) expect(look(1_000_000)).toEqual({ kind: "wait" });
    expect(look(1_000_000)).toEqual({ kind: "stalled", owedMs: 500 });
  });

  test("owes two intervals for a look that comes late, however late", () => {
    const { look } = makeHeart();
    look(0);

    expect(look(0, 60_000)).toEqual({ kind: "wait" });
    expect(look(0, 60_000)).toEqual({ kind: "wait" });
    expect(look(0, 60_000)).toEqual({ kind: "stalled", owedMs: 600 });
  });

  test("is heard although its answer comes late", () => {
    const { heartbeat, look } = makeHeart();
    look(0);
    for (let waits = 0; waits < 4; waits++) look(10);
    heartbeat.answered(2);

    expect(look(10)).toEqual({ kind: "ask", beat: 3 });
  });
});

describe("a cell that starts", () => {
  test("is ready with its first answer", () => {
    const { heartbeat, look } = makeHeart({ isReady: false });
    look(0);
    expect(heartbeat.isReady).toBe(false);

    heartbeat.answered(1);

    expect([heartbeat.isReady, heartbeat.isOwing]).toEqual([true, false]);
  });

  test("has its own time for that", () => {
    const { stalledAfterMs } = makeHeart({ isReady: false });

    expect(stalledAfterMs(0)).toBe(20_100);
  });
});

test("an answer to a beat that was not asked counts for nothing", () => {
  const { heartbeat, look, stalledAfterMs } = makeHeart({ isReady: false });
  heartbeat.answered(1);
  heartbeat.answered(0xffff_ffff);
  expect(look(0)).toEqual({ kind: "ask", beat: 1 });
  heartbeat.answered(2);
  expect(heartbeat.isReady).toBe(false);
  heartbeat.answered(1);
  look(0);

  heartbeat.answered(1);
  heartbeat.answered(3);

  expect(heartbeat.isOwing).toBe(true);
  expect(stalledAfterMs(0)).toBe(500);
});

test("an answer to beat 0 does not make a cell ready that was never asked", () => {
  const { heartbeat } = makeHeart({ isReady: false });

  heartbeat.answered(0);

  expect(heartbeat.isReady).toBe(false);
});
