// Log, from a written line to the file: fields, levels, rotation, floods and a reader that stands
// still.
// Runs in the test's own process, on files in a folder of its own.

import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLog, Log } from "../../../src/log/log.ts";
import { Sink } from "../../../src/log/sink.ts";
import { limits } from "../../../wire/limits.ts";
import { StalledStream } from "./stalled-stream.ts";

const info = 30;
const json = { format: "json", level: "info" } as const;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "isonet-log-"));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function linesOf(file: string): unknown[] {
  const text = readFileSync(file, "utf8").trimEnd();
  return text.split("\n").map((line) => JSON.parse(line) as unknown);
}

describe("log to a file", () => {
  test("writes one JSON line with time, level, address, service and text", async () => {
    const file = path.join(folder, "host.log");
    const log = await createLog({ ...json, file });

    log.write(40, ":0100000c", "world", "100% of %s\nsecond line");
    await log.close();

    expect(linesOf(file)).toEqual([
      {
        level: "warn",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        address: ":0100000c",
        service: "world",
        text: "100% of %s\nsecond line",
      },
    ]);
  });

  test("appends to what the file holds", async () => {
    const file = path.join(folder, "host.log");
    for (const text of ["first", "second"]) {
      const log = await createLog({ ...json, file });
      log.write(info, ":01000007", "main", text);
      await log.close();
    }

    expect(linesOf(file)).toMatchObject([{ text: "first" }, { text: "second" }]);
  });

  test("leaves out lines below its level and takes an unknown level for info", async () => {
    const file = path.join(folder, "host.log");
    const log = await createLog({ ...json, file, level: "info" });

    log.write(20, ":01000007", "main", "debug");
    log.write(33, ":01000007", "main", "unknown");
    log.write(50, ":01000007", "main", "error");
    await log.close();

    expect(linesOf(file)).toMatchObject([
      { level: "info", text: "unknown" },
      { level: "error", text: "error" },
    ]);
  });

  test("goes on in a new file of the same name after reopen", async () => {
    const [file, rotated] = [path.join(folder, "host.log"), path.join(folder, "host.log.1")];
    const log = await createLog({ ...json, file });
    log.write(info, ":01000007", "main", "before");
    await log.flush();
    renameSync(file, rotated);

    log.reopen();
    log.write(info, ":01000007", "main", "after");
    await log.close();

    expect(linesOf(rotated)).toMatchObject([{ text: "before" }]);
    expect(linesOf(file)).toMatchObject([{ text: "after" }]);
  });

  test("refuses to start with CONFIG_INVALID, the key and the path when the file cannot be opened", async () => {
    const file = path.join(folder, "missing", "host.log");

    await expect(createLog({ ...json, file })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/^log\.file: cannot open .*missing\/host\.log.*ENOENT/),
    });
  });

  test("writes lines with local time, address and text when it is pretty", async () => {
    const file = path.join(folder, "host.log");
    const log = await createLog({ file, format: "pretty", level: "info" });

    log.write(info, ":0100000c", "world", "up");
    await log.close();

    expect(readFileSync(file, "utf8")).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d \[:0100000c\] up\n$/,
    );
  });
});

describe("log under a flood", () => {
  test("drops what a speaker writes over its share, and says how many at once when it is flushed", async () => {
    const file = path.join(folder, "host.log");
    const log = await createLog({ ...json, file });
    vi.useFakeTimers();

    for (let line = 0; line < limits.logLinesPerSecondMax + 11; line++) {
      log.write(info, ":01000007", "flood", "x");
    }
    log.write(info, ":01000008", "quiet", "heard");
    vi.useRealTimers();
    await log.close();

    const lines = linesOf(file);
    expect(lines).toHaveLength(limits.logLinesPerSecondMax + 2);
    expect(lines.slice(-2)).toMatchObject([
      { service: "quiet", text: "heard" },
      { level: "warn", address: ":01000007", service: "flood", text: "11 lines dropped" },
    ]);
  });

  test("tells of dropped lines after a second although nobody writes again", () => {
    vi.useFakeTimers();
    const stream = new StalledStream();
    const log = new Log(json, new Sink(stream));
    for (let line = 0; line < limits.logLinesPerSecondMax + 1; line++) {
      log.write(info, ":01000007", "flood", "x");
    }

    vi.advanceTimersByTime(1000);

    expect(JSON.parse(stream.lines.at(-1) ?? "")).toMatchObject({ text: "1 line dropped" });
  });

  test("holds no more than logBufferBytesMax and one line for a reader that stands still", () => {
    vi.useFakeTimers();
    const stream = new StalledStream();
    const log = new Log(json, new Sink(stream));
    const text = "x".repeat(limits.logLineBytesMax);

    for (let line = 0; line < 1000; line++) log.write(info, `:0100${1000 + line}`, "flood", text);

    expect(stream.bytes).toBeGreaterThan(limits.logBufferBytesMax);
    expect(stream.bytes).toBeLessThan(limits.logBufferBytesMax + 2 * limits.logLineBytesMax);
  });

  test("writes again, with the number of lines lost, when the reader goes on", () => {
    vi.useFakeTimers();
    const stream = new StalledStream();
    const log = new Log(json, new Sink(stream));
    const text = "x".repeat(limits.logBufferBytesMax);
    for (let line = 0; line < 8; line++) log.write(info, ":01000007", "flood", text);

    vi.advanceTimersByTime(5000);
    stream.drain();
    vi.advanceTimersByTime(1000);

    expect(stream.lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual([
      text,
      "7 lines dropped",
    ]);
  });
});
