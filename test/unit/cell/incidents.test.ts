// Incidents: which records are kept, and for how long.

import { describe, expect, test } from "vitest";
import { Incidents } from "../../../src/cell/incidents.ts";
import type { Incident } from "../../../wire/containment-figures.ts";
import { limits } from "../../../wire/limits.ts";

const incident = (fields: Partial<Incident> = {}): Omit<Incident, "id" | "timeMs"> => ({
  kind: "memory",
  address: ":0100010a",
  title: "agent",
  owner: "ann",
  text: "over its limit",
  version: "0123456789ab",
  messages: [],
  figures: {},
  stderr: "",
  alsoLost: 0,
  ...fields,
});

function makeIncidents() {
  let nowMs = 5000;
  return {
    incidents: new Incidents(() => nowMs++),
    idsOf: (all: Incident[]) => all.map(({ id }) => id),
  };
}

describe("records", () => {
  test("have a number and a time, and the latest comes first", () => {
    const { incidents } = makeIncidents();
    incidents.add(incident({ text: "one" }));
    incidents.add(incident({ text: "two" }));

    expect(incidents.list()).toMatchObject([
      { id: 2, timeMs: 5001, text: "two" },
      { id: 1, timeMs: 5000, text: "one" },
    ]);
    expect(incidents.find(1)).toMatchObject({ text: "one" });
    expect(incidents.find(3)).toBeUndefined();
  });

  test("are kept up to their bound, the oldest goes first", () => {
    const { incidents, idsOf } = makeIncidents();
    for (let time = 0; time < limits.incidentsMax + 7; time++) incidents.add(incident());

    const ids = idsOf(incidents.list());
    expect([ids.length, ids.at(0), ids.at(-1)]).toEqual([
      limits.incidentsMax,
      limits.incidentsMax + 7,
      8,
    ]);
    expect(incidents.find(7)).toBeUndefined();
  });
});

describe("interrupted turns of one service", () => {
  test("are kept at the first, the second, the fourth and so on", () => {
    const { incidents } = makeIncidents();
    for (let time = 1; time <= 1000; time++) {
      incidents.add(incident({ kind: "slice", figures: { time } }));
    }

    expect(incidents.list().map(({ figures }) => figures["time"])).toEqual([
      512, 256, 128, 64, 32, 16, 8, 4, 2, 1,
    ]);
  });

  test("do not keep away those of another, nor what else it does", () => {
    const { incidents } = makeIncidents();
    for (let time = 0; time < 3; time++) incidents.add(incident({ kind: "slice" }));

    incidents.add(incident({ kind: "slice", address: ":0100010b" }));
    incidents.add(incident({ kind: "memory" }));
    incidents.add(incident({ kind: "memory" }));

    expect(incidents.list()).toHaveLength(5);
  });

  test("count anew at an address whose service has ended", () => {
    const { incidents } = makeIncidents();
    for (let time = 0; time < 3; time++) incidents.add(incident({ kind: "slice" }));

    incidents.forget(":0100010a");
    incidents.add(incident({ kind: "slice" }));

    expect(incidents.list()).toHaveLength(3);
  });
});
