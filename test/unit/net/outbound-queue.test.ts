// Outbound queue: the order of what is sent, the warnings, and what waits.

import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { OutboundQueue } from "../../../src/net/outbound-queue.ts";

const high = { isLow: false };
const low = { isLow: true };
const kib = 1024;

/** A stream that takes a load when it is told to. */
class SlowStream extends Writable {
  readonly loads: string[] = [];
  #taken: (() => void) | undefined;

  constructor() {
    super({
      write: (chunk: Buffer, _encoding, done) => this.#load(chunk, done),
      writev: (chunks, done) => {
        this.#load(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done);
      },
    });
  }

  #load(chunk: Buffer, done: () => void): void {
    this.loads.push(chunk.toString());
    this.#taken = done;
  }

  /** The system takes what it was given. */
  async take(): Promise<void> {
    this.#taken?.();
    await new Promise(setImmediate);
  }
}

function kit(warningBytes = 1024 * kib) {
  const stream = new SlowStream();
  const told: (number | "drained")[] = [];
  const queue = new OutboundQueue(stream, warningBytes, {
    onWarning: (size) => told.push(size),
    onDrained: () => told.push("drained"),
  });
  return { stream, queue, told };
}

const ticks = (): Promise<void> => new Promise(setImmediate);

describe("what is written", () => {
  test("in one go leaves together, small blocks in one piece", async () => {
    const { stream, queue, told } = kit();
    for (const text of ["a", "b", "c"]) queue.push(Buffer.from(text), high);
    expect(stream.loads).toEqual([]);
    await ticks();
    expect(stream.loads).toEqual(["abc"]);
    expect(queue.bytes).toBe(3);

    await stream.take();

    expect(queue.bytes).toBe(0);
    expect(told).toEqual(["drained"]);
  });

  test("at low priority goes when nothing else waits, a block at a time, and is not torn", async () => {
    const { stream, queue } = kit();
    queue.push(Buffer.from("low1"), low);
    queue.push(Buffer.from("low2"), low);
    queue.push(Buffer.from("high1"), high);
    await ticks();
    queue.push(Buffer.from("high2"), high);
    while (queue.bytes > 0) await stream.take();

    expect(stream.loads).toEqual(["high1", "high2", "low1", "low2"]);
  });

  test("in large blocks keeps its order", async () => {
    const { stream, queue } = kit();
    for (const letter of ["a", "b", "c"]) queue.push(Buffer.alloc(20 * kib, letter), high);
    await ticks();
    while (queue.bytes > 0) await stream.take();

    const all = stream.loads.join("");
    expect(all).toBe("a".repeat(20 * kib) + "b".repeat(20 * kib) + "c".repeat(20 * kib));
  });
});

describe("a peer that does not read", () => {
  test("is warned of at the figure and each doubling, and when all is sent", async () => {
    const { stream, queue, told } = kit(8 * kib);
    for (let count = 0; count < 40; count++) queue.push(Buffer.alloc(kib), high);
    expect(told).toEqual([8, 16, 32]);
    await ticks();

    await stream.take();
    while (queue.bytes > 0) await stream.take();

    expect(told).toEqual([8, 16, 32, 0, "drained"]);
    for (let count = 0; count < 8; count++) queue.push(Buffer.alloc(kib), high);
    expect(told.at(-1)).toBe(8);
  });

  test("is warned of once for a block that passes several doublings", () => {
    const { queue, told } = kit(8 * kib);
    queue.push(Buffer.alloc(33 * kib + 1), high);

    expect(told).toEqual([34]);
  });
});
