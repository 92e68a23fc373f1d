// Ring: one direction between two shards.
// Unit test of src/link/ring.ts; the interleaving test is test/property/ring.test.ts.
// Invariant: both ends are on one thread here, and take turns as the test says.

import { describe, expect, test } from "vitest";
import { RingReader, ringMemory, RingWord, RingWriter } from "../../../src/link/ring.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { sessionMax } from "../../../wire/session.ts";
import { frame, seeFrame, type SeenFrame } from "../../kit/frames.ts";

type Ring = {
  readonly memory: SharedArrayBuffer;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  readonly seen: SeenFrame[];
  wakes: number;
};

/** A ring of `bytes` whose counters start at `counter`. */
function makeRing(bytes = 256, { counter = 0, congestedBytes = 1000 } = {}): Ring {
  const memory = ringMemory(bytes);
  const state = new Int32Array(memory);
  state[RingWord.head] = counter;
  state[RingWord.tail] = counter;
  const ring: Ring = {
    memory,
    writer: new RingWriter(memory, () => ring.wakes++, congestedBytes),
    reader: new RingReader(memory),
    seen: [],
    wakes: 0,
  };
  return ring;
}

/** Writes a frame of `bytes` bytes in all. */
function write({ writer }: Ring, session: number, bytes = 32): void {
  const words = frame({ session, body: new Uint8Array(bytes - 24).fill(session) });
  writer.write(words, 0, bytes);
}

function read(ring: Ring, framesMax = 1000): number {
  return ring.reader.read((words, at) => ring.seen.push(seeFrame(words, at)), framesMax);
}

const sessionsOf = ({ seen }: Ring): number[] => seen.map(({ session }) => session);

describe("ring", () => {
  test("brings frames across whole and in order", () => {
    const ring = makeRing();
    write(ring, 5, 25);
    write(ring, 3, 32);

    expect(read(ring)).toBe(2);
    expect(ring.seen.map(({ session, body }) => [session, [...body]])).toEqual([
      [5, [5]],
      [3, [3, 3, 3, 3, 3, 3, 3, 3]],
    ]);
    expect(ring.reader.isEmpty).toBe(true);
  });

  test("brings a frame out of the middle of other words", () => {
    const ring = makeRing();
    const words = new Uint32Array(20);
    words.set(frame({ session: 7 }), 9);

    ring.writer.write(words, 9, 24);

    read(ring);
    expect(sessionsOf(ring)).toEqual([7]);
  });

  test("is empty until something is written", () => {
    const ring = makeRing();
    expect(ring.reader.isEmpty).toBe(true);
    expect(read(ring)).toBe(0);

    write(ring, 1);

    expect(ring.reader.isEmpty).toBe(false);
  });

  test("hands on no more frames than it is asked for", () => {
    const ring = makeRing();
    for (const session of [1, 2, 3]) write(ring, session);

    expect(read(ring, 2)).toBe(2);
    expect(sessionsOf(ring)).toEqual([1, 2]);
    expect(read(ring, 2)).toBe(1);
  });

  test("takes frames up to its last word without a backlog", () => {
    const ring = makeRing(256);

    for (let session = 1; session <= 8; session++) write(ring, session, 32);

    expect(ring.writer.hasBacklog).toBe(false);
    expect(read(ring)).toBe(8);
  });

  test("keeps what does not fit until there is room, in order", () => {
    const ring = makeRing(256);
    for (let session = 1; session <= 10; session++) write(ring, session, 32);
    expect(ring.writer.backlogBytes).toBe(64);
    read(ring);

    expect(ring.writer.pump()).toBe(true);
    read(ring);

    expect(sessionsOf(ring)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ring.writer.hasBacklog).toBe(false);
  });

  test("lets no frame overtake those that wait, however small it is", () => {
    const ring = makeRing(256);
    write(ring, 1, 200);
    write(ring, 2, 100);
    write(ring, 3, 24);
    read(ring);
    ring.writer.pump();
    read(ring);

    expect(sessionsOf(ring)).toEqual([1, 2, 3]);
  });

  test("says that nothing moved when the ring is full", () => {
    const ring = makeRing(256);
    for (let session = 1; session <= 9; session++) write(ring, session, 32);

    expect(ring.writer.pump()).toBe(false);
  });

  test("brings a frame larger than itself across bit by bit", () => {
    const ring = makeRing(256);
    const body = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);
    ring.writer.write(frame({ session: 7, body }), 0, 5024);
    write(ring, 8);

    while (ring.seen.length < 2) {
      read(ring);
      ring.writer.pump();
    }

    expect(sessionsOf(ring)).toEqual([7, 8]);
    expect(ring.seen[0]?.body).toEqual(body);
  });

  test("hands on a frame only when its last word is there", () => {
    const ring = makeRing(256);
    write(ring, 7, 300);

    expect(read(ring)).toBe(0);
    ring.writer.pump();
    expect(read(ring)).toBe(1);
  });

  test.each([
    ["2^31", 0x7fff_fffa],
    ["2^32", -6],
  ])("goes on when its counters pass %s", (_what, counter) => {
    const ring = makeRing(256, { counter });

    for (let session = 1; session <= 20; session++) {
      write(ring, session, 60);
      read(ring);
    }

    expect(sessionsOf(ring)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(ring.seen.every(({ body, session }) => body.every((byte) => byte === session))).toBe(
      true,
    );
  });

  test("keeps its bounds when its counters pass 2^32", () => {
    const ring = makeRing(256, { counter: -6 });

    for (let session = 1; session <= 9; session++) write(ring, session, 32);

    expect(ring.writer.backlogBytes).toBe(32);
    expect(read(ring)).toBe(8);
  });

  test("is congested when more than its bound waits, until it does not", () => {
    const ring = makeRing(256, { congestedBytes: 100 });
    for (let session = 1; session <= 8; session++) write(ring, session, 32);
    write(ring, 9, 100);
    expect(ring.writer.isCongested).toBe(false);
    write(ring, 10, 24);
    expect(ring.writer.isCongested).toBe(true);

    read(ring);
    ring.writer.pump();

    expect(ring.writer.isCongested).toBe(false);
  });

  test("is congested by default when more than linkBacklogBytesMax wait", () => {
    const writer = new RingWriter(ringMemory(256), () => {});
    const body = new Uint8Array(limits.linkBacklogBytesMax - 24);
    writer.write(frame({ body: new Uint8Array(232) }), 0, 256);

    writer.write(frame({ body }), 0, limits.linkBacklogBytesMax);
    expect(writer.isCongested).toBe(false);
    writer.write(frame({}), 0, 24);
    expect(writer.isCongested).toBe(true);
  });

  test("wakes its reader after each write that reached the ring", () => {
    const ring = makeRing(256);
    write(ring, 1, 200);
    write(ring, 2, 200);
    expect(ring.wakes).toBe(2);

    write(ring, 3, 200); // the ring is full: nothing to wake for

    expect(ring.wakes).toBe(2);
  });

  test.each([
    ["a length below the header's", { length: 20 }],
    ["a length above 2^30", { length: 0x4000_0004 }],
    ["an unknown flag", { flags: FrameFlag.redirected << 1 }],
    ["a session above 2^31 - 1", { session: sessionMax + 1 }],
  ])("is the end of the host when it holds a frame with %s", (_what, fields) => {
    const ring = makeRing(256);
    write(ring, 7, 32);
    const data = new Uint32Array(ring.memory, ring.memory.byteLength - 256);
    data.set(frame({ ...fields, body: new Uint8Array(8) }));

    expect(() => read(ring)).toThrow("ring between shards holds a malformed frame");
  });

  test("gives the buffer of a large frame back and reads on", () => {
    const ring = makeRing(256);
    write(ring, 7, 200_000);
    write(ring, 8, 400);

    while (ring.seen.length < 2) {
      read(ring);
      ring.writer.pump();
    }

    expect(ring.seen.map(({ session, length }) => [session, length])).toEqual([
      [7, 200_000],
      [8, 400],
    ]);
  });
});
