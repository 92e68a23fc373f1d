// Recycling: when a cell begins to drain, with a clock and figures of the test's own.

import { expect, test } from "vitest";
import { Recycling } from "../../../src/cell/recycling.ts";

const mib = 1024 * 1024;
const place = 3;

function makeKit({ ageMsMax = 60_000, drainingMax = 2 } = {}) {
  const time = { ms: 0 };
  const terms = { ageMsMax, memoryBytesMax: 1000 * mib, strikesMax: 200, drainingMax };
  const recycling = new Recycling(terms, () => time.ms);
  recycling.opened(place);
  return { recycling, time };
}

test("a cell drains for its age, once, and not when the age is 0", () => {
  const { recycling, time } = makeKit();
  time.ms = 59_999;
  expect(recycling.look(place, mib)).toBeUndefined();
  time.ms = 60_000;
  expect(recycling.look(place, mib)).toMatch(/cellAgeMs/);
  expect(recycling.look(place, mib)).toBeUndefined();
  expect(recycling.isDraining(place)).toBe(true);

  const eternal = makeKit({ ageMsMax: 0 });
  eternal.time.ms = 1e12;
  expect(eternal.recycling.look(place, mib)).toBeUndefined();
});

test("a cell drains over three quarters of its memory, but not when it has just begun", () => {
  const { recycling, time } = makeKit();
  time.ms = 9999;
  expect(recycling.look(place, 800 * mib)).toBeUndefined();
  time.ms = 10_000;
  expect(recycling.look(place, 750 * mib)).toBeUndefined();
  expect(recycling.look(place, 751 * mib)).toMatch(/cellMemoryMb/);
  expect(recycling.isUrgent(place, 900 * mib)).toBe(false);
  expect(recycling.isUrgent(place, 901 * mib)).toBe(true);
});

test("a cell drains for the offences of its services", () => {
  const { recycling, time } = makeKit();
  time.ms = 10_000;
  recycling.struck(place, 199);
  expect(recycling.look(place, mib)).toBeUndefined();
  recycling.struck(place, 1);
  expect(recycling.look(place, mib)).toMatch(/cellStrikesMax/);
});

test("no more cells drain at once than are allowed", () => {
  const { recycling, time } = makeKit({ drainingMax: 1 });
  recycling.opened(place + 1);
  time.ms = 60_000;
  expect(recycling.look(place, mib)).toBeDefined();
  expect(recycling.look(place + 1, mib)).toBeUndefined();
  recycling.closed(place);
  expect(recycling.look(place + 1, mib)).toBeDefined();
});
