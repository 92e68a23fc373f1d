// Restart history: how often, and after which wait, at times and chances of the test's own.

import { describe, expect, test } from "vitest";
import { RestartHistory } from "../../../services/host/restart-history.ts";
import { restartTerms } from "../../../services/host/restart-terms.ts";

function makeHistory(terms: object): RestartHistory {
  return new RestartHistory(
    restartTerms({ name: "any", restart: { policy: "on-crash", ...terms } }),
  );
}

function waits(history: RestartHistory, times: readonly number[], random = 0): unknown[] {
  return times.map((ms) => {
    const verdict = history.ended(ms, random);
    return verdict.kind === "restart" ? verdict.afterMs : verdict.kind;
  });
}

describe("a wait before a restart", () => {
  test("doubles with each end, up to the longest", () => {
    const history = makeHistory({ backoffMs: 100, backoffMsMax: 500, restartsMax: 10 });

    expect(waits(history, [0, 1000, 2000, 3000, 4000])).toEqual([100, 200, 400, 500, 500]);
  });

  test("is the first again when `seconds` have passed without an end", () => {
    const history = makeHistory({ backoffMs: 100, seconds: 10 });

    expect(waits(history, [0, 1000, 10_999, 20_999])).toEqual([100, 200, 400, 100]);
  });

  test("is up to a quarter shorter by chance", () => {
    expect(waits(makeHistory({ backoffMs: 1000 }), [0], 0.999_999)).toEqual([751]);
  });

  test("is the longest after any number of ends", () => {
    const history = makeHistory({ backoffMs: 1, backoffMsMax: 3_600_000, restartsMax: 1000 });

    expect(
      waits(
        history,
        Array.from({ length: 1000 }, () => 0),
      ).at(-1),
    ).toBe(3_600_000);
  });
});

describe("an end by a neighbour's fault", () => {
  test("costs no wait, unless it is one of several", () => {
    const history = makeHistory({ backoffMs: 100, seconds: 10 });
    const verdicts = [0, 1000, 20_000].map((ms) => history.ended(ms, 0, "neighbour"));

    expect(verdicts).toEqual([0, 200, 0].map((afterMs) => ({ kind: "restart", afterMs })));
  });

  test("makes the wait for an own fault that follows longer", () => {
    const history = makeHistory({ backoffMs: 100 });
    history.ended(0, 0, "neighbour");

    expect(waits(history, [1000])).toEqual([200]);
  });
});

describe("a service is given up", () => {
  test("at the end after restartsMax of them in `seconds`", () => {
    expect(waits(makeHistory({ restartsMax: 2, backoffMs: 0 }), [0, 1, 2])).toEqual([
      0,
      0,
      "give-up",
    ]);
  });

  test("at its first end when restartsMax is 0", () => {
    expect(waits(makeHistory({ restartsMax: 0 }), [0])).toEqual(["give-up"]);
  });

  test("not for ends that are longer ago", () => {
    const history = makeHistory({ restartsMax: 2, seconds: 10, backoffMs: 0 });

    expect(waits(history, [0, 9999, 10_000, 19_998])).toEqual([0, 0, 0, "give-up"]);
  });
});

test("terms that are left open are the named limits", () => {
  expect(restartTerms({ name: "any", restart: "always" })).toEqual({
    policy: "always",
    restartsMax: 5,
    seconds: 60,
    backoffMs: 100,
    backoffMsMax: 10_000,
    checkpointMs: 0,
  });
  expect(restartTerms({ name: "any" }).policy).toBe("never");
});
