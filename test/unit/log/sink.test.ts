// Sink: how it waits for, survives and tells of a destination that fails.
// On a stream that is told what to do.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Sink } from "../../../src/log/sink.ts";
import { StalledStream } from "./stalled-stream.ts";

describe("sink", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("flushes at once when nothing waits", async () => {
    expect(await new Sink(new StalledStream()).flush()).toBe(true);
  });

  test("flushes when the last byte is written", async () => {
    const stream = new StalledStream();
    const sink = new Sink(stream);
    sink.write("é\n");

    const flushed = sink.flush();
    stream.emit("write", 1);
    stream.emit("write", 2);

    expect(await flushed).toBe(true);
  });

  test("gives up a flush after two seconds", async () => {
    const sink = new Sink(new StalledStream());
    sink.write("line\n");

    const flushed = sink.flush();
    vi.advanceTimersByTime(2000);

    expect(await flushed).toBe(false);
  });

  test("takes no more lines and waits for none once the pipe is closed", async () => {
    const stream = new StalledStream();
    const sink = new Sink(stream, () => {});
    stream.emit("ready");
    sink.write("line\n");

    const flushed = sink.flush();
    stream.fail("EPIPE");
    sink.write("another\n");

    expect(await flushed).toBe(true);
    expect(sink.hasRoom).toBe(false);
    expect(stream.lines).toEqual(["line\n"]);
  });

  test("tells of a full disk on every doubling of its errors and goes on", () => {
    const told: string[] = [];
    const stream = new StalledStream();
    const sink = new Sink(stream, (text) => told.push(text));
    stream.emit("ready");

    for (let error = 0; error < 7; error++) stream.fail("ENOSPC");

    expect(told).toEqual([
      "isonet: log: ENOSPC: it failed (error 1)",
      "isonet: log: ENOSPC: it failed (error 2)",
      "isonet: log: ENOSPC: it failed (error 4)",
    ]);
    expect(sink.hasRoom).toBe(true);
  });

  test("does not reopen a stream that it has closed", () => {
    const stream = new StalledStream();
    const sink = new Sink(stream);

    sink.close();
    sink.reopen();

    expect(stream).toMatchObject({ isDestroyed: true, reopened: 0 });
  });
});
