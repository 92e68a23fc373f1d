// Pipe: when the writer hands its frames to the stream, and what waits there.
// Unit test of src/link/pipe.ts on a stream of the test's own; any frames and any cuts are in
// test/property/pipe.test.ts.

import { describe, expect, test } from "vitest";
import { PipeReader, PipeWriter } from "../../../src/link/pipe.ts";
import { frame, seeFrame, type SeenFrame } from "../../kit/frames.ts";

/** A stream of which the operating system takes nothing until the test says so. */
class Sink {
  readonly writes: Uint8Array[] = [];
  writableLength = 0;
  writable = true;

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    this.writableLength += bytes.length;
    return false;
  }
}

function write(writer: PipeWriter, session: number, bytes = 32): void {
  const words = frame({ session, body: new Uint8Array(bytes - 24).fill(session) });
  writer.write(words, 0, bytes);
}

function readAll(reader: PipeReader): SeenFrame[] {
  const seen: SeenFrame[] = [];
  reader.read((words, at) => seen.push(seeFrame(words, at)), 1000);
  return seen;
}

describe("the writing end of a pipe", () => {
  test("sends the frames of a round in one write", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink);
    write(writer, 1);
    write(writer, 2, 25);

    expect([sink.writes.length, writer.hasBacklog]).toEqual([0, true]);
    expect(writer.pump()).toBe(true);
    expect(sink.writes.map(({ length }) => length)).toEqual([60]);
    expect([writer.hasBacklog, writer.pump()]).toEqual([false, false]);
  });

  test("sends what it has when the next frame does not fit beside it", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink);
    write(writer, 1, 40_000);
    write(writer, 2, 40_000);

    expect(sink.writes.map(({ length }) => length)).toEqual([40_000]);
  });

  test("sends a frame larger than its batch behind those that were before it", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink);
    const reader = new PipeReader(1_000_000, (what) => expect.fail(what));
    write(writer, 1);
    write(writer, 2, 200_000);
    write(writer, 3);
    writer.pump();

    for (const bytes of sink.writes) reader.push(bytes);

    expect(readAll(reader).map(({ session, length }) => [session, length])).toEqual([
      [1, 32],
      [2, 200_000],
      [3, 32],
    ]);
  });

  test("keeps a copy: the sender's memory may change behind it", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink);
    const words = [8, 100_000].map((bytes) => frame({ session: 1, body: new Uint8Array(bytes) }));
    for (const each of words) {
      writer.write(each, 0, each[0] as number);
      each.fill(0xffff_ffff);
    }
    writer.pump();

    const reader = new PipeReader(1_000_000, (what) => expect.fail(what));
    for (const bytes of sink.writes) reader.push(bytes);

    expect(readAll(reader).map(({ session }) => session)).toEqual([1, 1]);
  });

  test("is congested by what the operating system does not take, until it does", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink, 100);
    for (const session of [1, 2, 3]) write(writer, session);

    expect([writer.backlogBytes, writer.isCongested]).toEqual([96, false]);
    writer.pump();
    write(writer, 4);
    expect([writer.backlogBytes, writer.isCongested]).toEqual([128, true]);
    sink.writableLength = 0;
    expect([writer.backlogBytes, writer.isCongested]).toEqual([32, false]);
  });

  test("writes nothing to a process that has gone", () => {
    const sink = new Sink();
    const writer = new PipeWriter(sink);
    sink.writable = false;
    write(writer, 1);
    write(writer, 2, 100_000);
    writer.pump();

    expect([sink.writes, writer.backlogBytes]).toEqual([[], 0]);
  });
});

describe("the reading end of a pipe", () => {
  test("takes a frame of the largest size, and none that is a byte larger", () => {
    const told: string[] = [];
    const [largest, tooLarge] = [1000, 1001].map((bytes) => {
      const reader = new PipeReader(1000, (what) => told.push(what));
      const words = frame({ session: 9, body: new Uint8Array(bytes - 24) });
      reader.push(new Uint8Array(words.buffer));
      return readAll(reader).length;
    });

    expect([largest, tooLarge]).toEqual([1, 0]);
    expect(told).toEqual(["a frame of 1001 bytes with flags 0 and session 9"]);
  });

  test("keeps nothing of what comes behind a header that is none", () => {
    const told: string[] = [];
    const reader = new PipeReader(1000, (what) => told.push(what));
    reader.push(new Uint8Array(24));
    expect(reader.isEmpty).toBe(true);
    const pendingBytes = reader.pendingBytes;

    for (let chunk = 0; chunk < 10; chunk++) reader.push(new Uint8Array(100_000));

    expect([reader.pendingBytes, readAll(reader), told.length]).toEqual([pendingBytes, [], 1]);
  });

  test("is empty while a part of a frame is missing", () => {
    const reader = new PipeReader(1000, (what) => expect.fail(what));
    const bytes = new Uint8Array(frame({ session: 3, body: "abcde" }).buffer);
    reader.push(bytes.subarray(0, 10));
    expect([reader.isEmpty, reader.pendingBytes]).toEqual([true, 10]);
    reader.push(bytes.subarray(10, 28));
    expect(reader.isEmpty).toBe(true);

    reader.push(bytes.subarray(28));

    expect(reader.isEmpty).toBe(false);
    expect(readAll(reader)).toMatchObject([
      { session: 3, body: new TextEncoder().encode("abcde") },
    ]);
  });
});
