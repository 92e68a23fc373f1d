// One-shot commands as people read them: order, units, alignment.

import { describe, expect, test } from "vitest";
import { consolePlace } from "../../../src/command/console-place.ts";
import * as views from "../../../src/command/console-views.ts";
import { ageText, pairLines, sizeText, tableLines } from "../../../src/command/text-table.ts";
import { facts } from "../../kit/console-host.ts";

const names = { ":0100010a": "agent 7", ":0100010b": "world", ":0100010c": "gone" };

const heap = (usedBytes: number) => ({
  usedBytes,
  totalBytes: 2_097_152,
  limitBytes: 134_217_728,
  externalBytes: 0,
  sharedBytes: 32_768,
  nativeBytes: 1536,
});

const figures = (cpu: number) => ({
  cpu,
  message: 12,
  mqlen: 3,
  task: 1,
  turns: 9,
  turnMs: 4,
  sent: 20,
  refused: 0,
  expired: 0,
  faults: 2,
  timers: 5,
  state: "running",
});

describe("views", () => {
  test("show the stack of a suspended request below it", () => {
    const result = {
      "thread 4 lua": "awaits something of its own",
      "thread 3 lua session: 7 from :01000005": "call .world\n    at async sell (a.ts:3:4)",
    };

    expect(views.taskView(result, {})).toEqual([
      "thread 3 lua session: 7 from :01000005  call .world",
      "    at async sell (a.ts:3:4)",
      "thread 4 lua  awaits something of its own",
    ]);
  });

  test("show heaps largest first, those without an answer last, with their sum", () => {
    const result = {
      ":0100010c": "TIMEOUT",
      ":0100010a": heap(1_048_576),
      ":0100010b": heap(3_145_728),
    };

    expect(views.memView(result, names)).toEqual([
      "ADDRESS        USED      HEAP    LIMIT  BUFFERS    SHARED    NATIVE  SERVICE",
      ":0100010b  3.00 MiB  2.00 MiB  128 MiB      0 B  32.0 KiB  1.50 KiB  world",
      ":0100010a  1.00 MiB  2.00 MiB  128 MiB      0 B  32.0 KiB  1.50 KiB  agent 7",
      ":0100010c   TIMEOUT                                                  gone",
      "3 services use 4.00 MiB",
    ]);
  });

  test("show services by CPU time, busiest first", () => {
    const result = { ":0100010a": figures(0.25), ":0100010b": figures(1.5) };

    expect(views.statView(result, names)).toEqual([
      "ADDRESS    CPU s  MESSAGES  MAILBOX  TASKS  TIMERS  SENT  FAULTS    STATE  SERVICE",
      ":0100010b  1.500        12        3      1       5    20       2  running  world",
      ":0100010a  0.250        12        3      1       5    20       2  running  agent 7",
    ]);
  });

  test("show what a collection freed, most first", () => {
    const result = {
      ":0100010a": { beforeBytes: 2048, afterBytes: 1024, ms: 3.14 },
      ":0100010b": { beforeBytes: 4096, afterBytes: 1024, ms: 5 },
    };

    expect(views.gcView(result, names).slice(1)).toEqual([
      ":0100010b  4.00 KiB  1.00 KiB  3.00 KiB  5.0  world",
      ":0100010a  2.00 KiB  1.00 KiB  1.00 KiB  3.1  agent 7",
    ]);
  });

  test("show timers, most first", () => {
    expect(views.timeoutsView({ ":0100010a": 2, ":0100010b": 11 }, names).slice(1)).toEqual([
      ":0100010b      11  world",
      ":0100010a       2  agent 7",
    ]);
  });

  test("show the host with its shards", () => {
    expect(views.hostView({ node: 1, ...facts }, {})).toEqual([
      "version   0.1.0 on Node.js 24.21.0",
      "node      1",
      "process   4711, up 1:02:03, 100 MiB",
      "isolates  5 of 4000",
      "SHARD  SERVICES  WAITING",
      "    1         3        0",
      "    2         2        7",
    ]);
  });

  test("show values as JavaScript writes them, and texts as they are", () => {
    expect(views.callView([{ a: [1, "x"] }, "two\nlines", 7], {})).toEqual([
      "{ a: [ 1, 'x' ] }",
      "two",
      "lines",
      "7",
    ]);
  });

  test("keep what a service says from the terminal", () => {
    const text = "a\u001b[2J\u202eb";

    const shown = [
      views.valueView({ [text]: text }, {}),
      views.valueView(text, {}),
      views.callView([text], {}),
      views.listView({ [text]: text }, {}),
      views.taskView({ [text]: text }, {}),
      views.uniqueTaskView({ [text]: text }, {}),
    ];

    for (const lines of shown) {
      expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
  });
});

describe("text table", () => {
  test("aligns columns and keeps a cell on its line", () => {
    const columns = [{ title: "N", align: "right" }, { title: "NAME" }, { title: "END" }] as const;

    expect(
      tableLines(columns, [
        ["10", "a\nb", ""],
        ["9", "x", "z"],
      ]),
    ).toEqual([" N  NAME  END", String.raw`10  a\nb`, " 9  x     z"]);
  });

  test("aligns pairs", () => {
    expect(
      pairLines([
        ["a", "1"],
        ["long", "2"],
      ]),
    ).toEqual(["a     1", "long  2"]);
    expect(pairLines([])).toEqual([]);
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [48_435, "47.3 KiB"],
    [134_217_728, "128 MiB"],
    [1_610_612_736, "1.50 GiB"],
  ])("writes %i bytes as %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  test.each([
    [940, "0.9s"],
    [59_949, "59.9s"],
    [60_000, "0:01:00"],
    [93_784_000, "26:03:04"],
  ])("writes an age of %i ms as %s", (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });
});

describe("console place", () => {
  test("takes a port that can be connected to", () => {
    expect(consolePlace({ host: "::1", port: "65535" })).toEqual({ host: "::1", port: 65_535 });
  });

  test.each(["0", "65536", "-1", "80x", "", "1e3"])("refuses port %j", (port) => {
    expect(() => consolePlace({ host: "localhost", port })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
