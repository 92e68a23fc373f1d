// Byte queue: frames in one growing buffer.
// Unit test of src/kernel/byte-queue.ts; the model test is test/property/byte-queue.test.ts.
// Invariant: sessions number the frames, so that an order can be read off them.

import { describe, expect, test } from "vitest";
import { ByteQueue, copyFrame } from "../../../src/kernel/byte-queue.ts";
import { frame, seeFrame, type SeenFrame } from "../../kit/frames.ts";

/** A frame of `bytes` bytes in all. */
function framed(session: number, bytes: number): Uint32Array {
  return frame({ session, body: new Uint8Array(bytes - 24).fill(session) });
}

function takeAll(queue: ByteQueue): SeenFrame[] {
  const taken: SeenFrame[] = [];
  while (queue.depth > 0) {
    taken.push(seeFrame(queue.words, queue.headAt()));
    queue.drop();
  }
  return taken;
}

describe("byte queue", () => {
  test("is empty at first", () => {
    const queue = new ByteQueue();

    expect([queue.depth, queue.bytes]).toEqual([0, 0]);
  });

  test("counts frames, and bytes with their padding", () => {
    const queue = new ByteQueue();

    queue.push(framed(1, 25), 0);
    queue.push(framed(2, 32), 0);

    expect([queue.depth, queue.bytes]).toEqual([2, 28 + 32]);
  });

  test("hands frames out in the order they came", () => {
    const queue = new ByteQueue();
    for (const session of [5, 3, 9]) queue.push(framed(session, 40), 0);

    expect(takeAll(queue).map((seen) => seen.session)).toEqual([5, 3, 9]);
    expect([queue.depth, queue.bytes]).toEqual([0, 0]);
  });

  test("pushes a frame from the middle of other words", () => {
    const queue = new ByteQueue();
    const words = new Uint32Array(40);
    words.set(framed(7, 44), 13);

    queue.push(words, 13);

    expect(seeFrame(queue.words, queue.headAt()).body).toEqual(new Uint8Array(20).fill(7));
  });

  test("starts at the front again behind a frame that does not fit at the end", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 600), 0);
    queue.push(framed(2, 400), 0); // 24 bytes are left of 1024
    queue.drop();

    queue.push(framed(3, 500), 0);

    expect(queue.words.length).toBe(256);
    expect(takeAll(queue).map((seen) => [seen.session, seen.length])).toEqual([
      [2, 400],
      [3, 500],
    ]);
  });

  test("starts at the front again when the end is filled to the last word", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 600), 0);
    queue.push(framed(2, 424), 0);
    queue.drop();

    queue.push(framed(3, 500), 0);

    expect(queue.words.length).toBe(256);
    expect(takeAll(queue).map((seen) => seen.session)).toEqual([2, 3]);
  });

  test("goes round and round in one buffer, over what older frames left there", () => {
    const queue = new ByteQueue();
    const seen: number[] = [];
    const sizes = Array.from({ length: 60 }, (_, index) => 120 + ((index * 76) % 112));
    for (const [index, bytes] of sizes.entries()) {
      queue.push(framed(index + 1, bytes), 0);
      if (queue.depth < 3) continue;
      seen.push(seeFrame(queue.words, queue.headAt()).session);
      queue.drop();
    }

    expect(queue.words.length).toBe(256);
    expect(seen).toEqual(Array.from({ length: 58 }, (_, index) => index + 1));
  });

  test("does not let the tail catch up with the head", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 600), 0);
    queue.push(framed(2, 400), 0);
    queue.drop();

    queue.push(framed(3, 600), 0); // exactly up to the head: full and empty would look alike

    expect(queue.words.length).toBe(512);
    expect(takeAll(queue).map((seen) => seen.session)).toEqual([2, 3]);
  });

  test("grows with wrapped frames and keeps their order and bytes", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 600), 0);
    queue.push(framed(2, 400), 0);
    queue.drop();
    queue.push(framed(3, 500), 0);

    queue.push(framed(4, 900), 0);

    expect(takeAll(queue).map((seen) => [seen.session, seen.length, seen.body.at(-1)])).toEqual([
      [2, 400, 2],
      [3, 500, 3],
      [4, 900, 4],
    ]);
  });

  test("holds a frame far larger than its buffer", () => {
    const queue = new ByteQueue();

    queue.push(framed(1, 1_000_001), 0);

    const [seen] = takeAll(queue);
    expect(seen?.body.length).toBe(999_977);
    expect(seen?.body.every((byte) => byte === 1)).toBe(true);
  });

  test("gives a large buffer back when it is empty", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 100_000), 0);

    queue.drop();

    expect(queue.words.length).toBe(256);
  });

  test("takes the large buffer that another one has given back, and none that is in use", () => {
    const [one, two, three] = [new ByteQueue(), new ByteQueue(), new ByteQueue()];
    one.push(framed(1, 3_000_000), 0);
    const large = one.words;
    two.push(framed(2, 3_000_000), 0);
    expect(two.words === large).toBe(false);

    one.drop();
    three.push(framed(3, 2_900_000), 0);
    one.push(framed(4, 2_900_000), 0);

    expect([three.words === large, one.words === large]).toEqual([true, false]);
    for (const [queue, session] of [
      [one, 4],
      [two, 2],
      [three, 3],
    ] as const) {
      const [seen] = takeAll(queue);
      expect(seen?.session).toBe(session);
      expect(seen?.body.every((byte) => byte === session)).toBe(true);
    }
  });

  test("does not keep a buffer of more than 8 MiB for others", () => {
    const [one, two] = [new ByteQueue(), new ByteQueue()];
    one.push(framed(1, 10_000_000), 0);
    const large = one.words;

    one.drop();
    two.push(framed(2, 10_000_000), 0);

    expect(two.words === large).toBe(false);
  });

  test("keeps a buffer of 64 KiB when it is empty", () => {
    const queue = new ByteQueue();
    queue.push(framed(1, 65_000), 0);

    queue.drop();

    expect(queue.words.length).toBe(16_384);
  });
});

describe("copyFrame", () => {
  test.each([24, 27, 280, 284, 4001])(
    "copies a frame of %i bytes and nothing beside it",
    (bytes) => {
      const words = framed(6, bytes);
      const into = new Uint32Array(words.length + 2).fill(77);

      const count = copyFrame(words, 0, into, 1);

      expect(count).toBe(words.length);
      expect(into).toEqual(Uint32Array.of(77, ...words, 77));
    },
  );
});
