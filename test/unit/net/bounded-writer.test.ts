// Bounded writer: what a slow reader can cost.

import { Writable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { BoundedWriter } from "../../../src/net/bounded-writer.ts";

/** A stream whose reader takes the first write and then never another byte. */
function stuckStream(): { stream: Writable; taken: Buffer[] } {
  const taken: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 16,
    writev(chunks) {
      for (const { chunk } of chunks) taken.push(chunk as Buffer);
    },
  });
  return { stream, taken };
}

describe("bounded writer", () => {
  test("takes writes up to writeBytesMax and ends with the one that would pass it", () => {
    const { stream } = stuckStream();
    const onOverflow = vi.fn();
    const writer = new BoundedWriter(stream, { writeBytesMax: 1000, onOverflow });

    const first = writer.write(Buffer.alloc(600));
    const second = writer.write("x".repeat(400));
    const third = writer.write("y");

    expect([first, second, third]).toEqual([true, true, false]);
    expect(onOverflow).toHaveBeenCalledExactlyOnceWith(1000);
  });

  test("refuses every write after the overflow and tells of it no second time", () => {
    const { stream } = stuckStream();
    const onOverflow = vi.fn();
    const writer = new BoundedWriter(stream, { writeBytesMax: 10, onOverflow });

    writer.write(Buffer.alloc(11));
    const later = writer.write("z");

    expect(later).toBe(false);
    expect(onOverflow).toHaveBeenCalledOnce();
    expect(writer.waitingBytes).toBe(0);
  });

  test("sends the writes of one go together", async () => {
    const { stream, taken } = stuckStream();
    const writer = new BoundedWriter(stream, { writeBytesMax: 1000, onOverflow: vi.fn() });

    writer.write("one ");
    writer.write("two");
    expect(taken).toEqual([]);
    await Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve)));

    expect(Buffer.concat(taken).toString()).toBe("one two");
  });

  test("counts the bytes of a text, not its characters", () => {
    const { stream } = stuckStream();
    const writer = new BoundedWriter(stream, { writeBytesMax: 3, onOverflow: vi.fn() });

    expect(writer.write("ññ")).toBe(false);
  });
});
