// Run queue: services with work, oldest first.
// Unit test of src/kernel/run-queue.ts.
// Invariant: records here have no work; the queue does not ask.

import { describe, expect, test } from "vitest";
import { RunQueue } from "../../../src/kernel/run-queue.ts";
import { fakeTerms } from "../../kit/kernel-kit.ts";
import { ServiceRecord } from "../../../src/kernel/service-record.ts";
import { makeAddress } from "../../../wire/address.ts";
import { FakeOccupant } from "../../kit/fake-occupant.ts";

const bounds = { depthMax: 8, bytesMax: 1024 };

function makeRecords(count: number): ServiceRecord[] {
  const occupant = new FakeOccupant();
  return Array.from(
    { length: count },
    (_, index) =>
      new ServiceRecord(
        makeAddress(1, 0x100 + index),
        { name: "fake", terms: fakeTerms },
        occupant,
        bounds,
      ),
  );
}

describe("run queue", () => {
  test("gives services out in the order they came", () => {
    const queue = new RunQueue();
    const records = makeRecords(3);
    for (const record of records) queue.push(record);

    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
      ...records,
      undefined,
    ]);
  });

  test("holds a service once", () => {
    const queue = new RunQueue();
    const [record] = makeRecords(1) as [ServiceRecord];

    queue.push(record);
    queue.push(record);

    expect(queue.length).toBe(1);
  });

  test("says that a service is queued exactly while it is", () => {
    const queue = new RunQueue();
    const [record] = makeRecords(1) as [ServiceRecord];
    const seen = [record.isQueued];

    queue.push(record);
    seen.push(record.isQueued);
    queue.take();
    seen.push(record.isQueued);

    expect(seen).toEqual([false, true, false]);
  });

  test("keeps the order when it grows while it goes round", () => {
    const queue = new RunQueue();
    const records = makeRecords(200);
    for (const record of records.slice(0, 50)) queue.push(record);
    const taken = Array.from({ length: 40 }, () => queue.take());
    for (const record of records.slice(50)) queue.push(record);

    while (queue.length > 0) taken.push(queue.take());

    expect(taken).toEqual(records);
  });
});
