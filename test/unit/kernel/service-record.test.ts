// Service record: whom a service may reply to.
// Unit test of src/kernel/service-record.ts.
// Invariant: a caller that lives is never forgotten.

import { describe, expect, test } from "vitest";
import { fakeTerms } from "../../kit/kernel-kit.ts";
import { ServiceRecord } from "../../../src/kernel/service-record.ts";
import { makeAddress, type ServiceAddress } from "../../../wire/address.ts";
import { FakeOccupant } from "../../kit/fake-occupant.ts";

const own = makeAddress(1, 0x100);

function makeRecord(address: ServiceAddress = own): ServiceRecord {
  return new ServiceRecord(address, { name: "fake", terms: fakeTerms }, new FakeOccupant(), {
    depthMax: 8,
    bytesMax: 1024,
  });
}

/** One in ten lives. */
const isAlive = (address: ServiceAddress): boolean => address % 10 === 0;

const callerAt = (index: number): ServiceAddress => makeAddress(1, 0x200 + index);

describe("service record", () => {
  test("knows its callers and itself, and nobody else", () => {
    const record = makeRecord();
    record.noteCaller(callerAt(0), () => true);
    record.noteCaller(callerAt(1), () => true);

    expect([0, 1, 2].map((index) => record.isCaller(callerAt(index)))).toEqual([true, true, false]);
    expect(record.isCaller(own)).toBe(true);
    expect(record.isCaller(0)).toBe(false);
  });

  test("trusts the host's own services and no guest", () => {
    expect(makeRecord(makeAddress(1, 0xff)).isHostOwn).toBe(true);
    expect(makeRecord(makeAddress(1, 0x100)).isHostOwn).toBe(false);
  });

  test("keeps no more than 1,024 callers when all but the last have ended", () => {
    const record = makeRecord();

    for (let index = 0; index < 5000; index++) record.noteCaller(callerAt(index), () => false);

    expect(record.callers.size).toBeLessThanOrEqual(1024);
    expect(record.isCaller(callerAt(4999))).toBe(true);
  });

  test("keeps the last caller for the news of its end although the others are pruned", () => {
    const record = makeRecord();

    for (let index = 0; index < 1024; index++) record.noteCaller(callerAt(index), () => false);

    expect([...record.callers]).toEqual([callerAt(1023)]);
  });

  test("never forgets a caller that lives", () => {
    const record = makeRecord();
    for (let index = 0; index < 40_000; index++) record.noteCaller(callerAt(index), isAlive);

    const forgotten = Array.from({ length: 40_000 }, (_, index) => callerAt(index)).filter(
      (address) => isAlive(address) && !record.isCaller(address),
    );
    expect(forgotten).toEqual([]);
    expect(record.callers.size).toBeLessThan(4000 * 2 + 1);
  });
});
