// Callers: who may still wait for an answer, and who is forgotten.

import { describe, expect, test } from "vitest";
import { Callers } from "../../../src/kernel/callers.ts";
import { makeAddress, type ServiceAddress } from "../../../wire/address.ts";

const caller = (number: number): ServiceAddress => makeAddress(1, 0x1000 + number);
const pruneMin = 1024;
const callersMax = 65_536;

function noteMany(callers: Callers, count: number, isAlive = () => true): void {
  for (let number = 0; number < count; number++) callers.note(caller(number), isAlive);
}

describe("callers", () => {
  test("are known once each, and nobody else is", () => {
    const callers = new Callers();
    for (const number of [1, 1, 2, 1]) callers.note(caller(number), () => true);

    expect([...callers.addresses]).toEqual([caller(1), caller(2)]);
    expect([callers.has(caller(1)), callers.has(caller(3))]).toEqual([true, false]);
  });

  test("that are dead are forgotten as the set has grown, the last one not", () => {
    const callers = new Callers();
    noteMany(callers, pruneMin, () => false);

    expect([...callers.addresses]).toEqual([caller(pruneMin - 1)]);
    expect(callers.has(caller(0))).toBe(false);
  });

  test("that live are all kept, and looked at only when they have doubled", () => {
    const callers = new Callers();
    let looks = 0;
    const isAlive = (): boolean => looks++ >= 0;
    noteMany(callers, pruneMin * 2 - 1, isAlive);

    expect(callers.addresses.size).toBe(pruneMin * 2 - 1);
    expect(looks).toBe(pruneMin - 1);
  });

  test("are bounded where everybody seems to live: the oldest are forgotten", () => {
    const callers = new Callers();
    noteMany(callers, callersMax * 2);

    expect(callers.addresses.size).toBe(callersMax);
    expect(callers.has(caller(callersMax - 1))).toBe(false);
    expect(callers.has(caller(callersMax))).toBe(true);
    expect(callers.has(caller(callersMax * 2 - 1))).toBe(true);
  });
});
