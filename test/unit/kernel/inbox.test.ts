// Inbox: a batch of frames on its way into a turn.
// Unit test of src/kernel/inbox.ts.
// Invariant: the inbox here has 4,096 bytes; a test writes frames into the mailbox itself.

import { describe, expect, test } from "vitest";
import { fillInbox } from "../../../src/kernel/inbox.ts";
import { fakeTerms } from "../../kit/kernel-kit.ts";
import { ServiceRecord } from "../../../src/kernel/service-record.ts";
import { makeAddress } from "../../../wire/address.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { FakeOccupant, smallLayout } from "../../kit/fake-occupant.ts";
import {
  frame,
  joinBodies,
  readFrames,
  type FrameFields,
  type SeenFrame,
} from "../../kit/frames.ts";

const now = 500;

function makeRecord(frames: readonly FrameFields[]): ServiceRecord {
  const bounds = { depthMax: 10_000, bytesMax: 1_000_000 };
  const record = new ServiceRecord(
    makeAddress(1, 0x100),
    { name: "fake", terms: fakeTerms },
    new FakeOccupant(),
    bounds,
  );
  for (const fields of frames) record.mailbox.push(frame(fields), 0);
  return record;
}

function fill(record: ServiceRecord, weight: -1 | 0 | 1 = 0): SeenFrame[] {
  const bytes = fillInbox(record, weight, now);
  return readFrames(record.occupant.memory.inbox, bytes);
}

const sessions = (frames: readonly SeenFrame[]): number[] => frames.map((seen) => seen.session);

describe("inbox", () => {
  test("takes all that wait, oldest first", () => {
    const record = makeRecord([{ session: 3 }, { session: 1, body: "abc" }, { session: 2 }]);

    expect(sessions(fill(record))).toEqual([3, 1, 2]);
    expect(record.mailbox.depth).toBe(0);
    expect(record.stat.messages).toBe(3);
  });

  test("takes as many as the weight says and leaves the others", () => {
    const record = makeRecord([1, 2, 3, 4, 5].map((session) => ({ session })));

    expect(sessions(fill(record, 1))).toEqual([1, 2]);
    expect(sessions(fill(record, -1))).toEqual([3]);
    expect(record.mailbox.depth).toBe(2);
  });

  test("takes at most batchFramesMax frames", () => {
    const record = makeRecord(Array.from({ length: limits.batchFramesMax + 1 }, () => ({})));
    const { memory } = record.occupant;
    expect(memory.inbox.byteLength).toBeLessThan(limits.batchFramesMax * 24);

    let taken = 0;
    while (record.mailbox.depth > 0) taken += fill(record).length;

    expect(taken).toBe(limits.batchFramesMax + 1);
  });

  test("fills the inbox to its last byte and leaves the frame that does not fit", () => {
    const half = new Uint8Array(smallLayout.inboxBytes / 2 - 24);
    const record = makeRecord([
      { session: 1, body: half },
      { session: 2, body: half },
      { session: 3 },
    ]);

    expect(sessions(fill(record))).toEqual([1, 2]);
    expect(sessions(fill(record))).toEqual([3]);
  });

  test("drops requests whose deadline has passed, and counts them", () => {
    const record = makeRecord([
      { session: 1, deadline: now - 1 },
      { session: 2, deadline: now },
      { session: 3, deadline: now - 400 },
      { session: 4 },
    ]);

    expect(sessions(fill(record))).toEqual([2, 4]);
    expect(record.stat).toMatchObject({ expired: 2, messages: 2 });
  });

  test("gives no bytes when every frame has expired", () => {
    const record = makeRecord([{ session: 1, deadline: now - 1 }]);

    expect(fillInbox(record, 0, now)).toBe(0);
    expect(record.mailbox.depth).toBe(0);
  });

  test("compares deadlines modulo 2^32", () => {
    const record = makeRecord([
      { session: 1, deadline: 0xffff_fff0 },
      { session: 2, deadline: 5 },
    ]);

    const bytes = fillInbox(record, 0, 2);

    expect(sessions(readFrames(record.occupant.memory.inbox, bytes))).toEqual([2]);
  });

  test("gives a frame larger than the inbox in pieces, alone, with the flag on all but the last", () => {
    const body = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
    const record = makeRecord([{ session: 9, body }, { session: 10 }]);

    const pieces = [fill(record), fill(record), fill(record)];

    expect(pieces.map(sessions)).toEqual([[9], [9], [9]]);
    expect(pieces.flat().map((seen) => seen.flags)).toEqual([FrameFlag.more, FrameFlag.more, 0]);
    expect(joinBodies(pieces.flat())).toEqual(body);
    expect(record.stat.messages).toBe(1);
    expect(sessions(fill(record))).toEqual([10]);
  });

  test("gives what comes before a large frame first", () => {
    const record = makeRecord([{ session: 1 }, { session: 2, body: new Uint8Array(5000) }]);

    expect(sessions(fill(record))).toEqual([1]);
    expect(sessions(fill(record))).toEqual([2]);
  });

  test("gives a frame that is exactly as large as the inbox in one piece", () => {
    const record = makeRecord([{ session: 1, body: new Uint8Array(smallLayout.inboxBytes - 24) }]);

    expect(fill(record).map((seen) => [seen.flags, seen.length])).toEqual([
      [0, smallLayout.inboxBytes],
    ]);
  });

  test("goes on with a large request although its deadline passes between two pieces", () => {
    const record = makeRecord([{ session: 1, deadline: now, body: new Uint8Array(5000) }]);
    fillInbox(record, 0, now);

    const bytes = fillInbox(record, 0, now + 10);

    expect(readFrames(record.occupant.memory.inbox, bytes)).toMatchObject([{ flags: 0 }]);
    expect(record.mailbox.depth).toBe(0);
  });
});
