// Console history: what is kept, for whom, and how much.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConsoleHistory, historyFile } from "../../../src/command/console-history.ts";

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "isonet-history-"));
  file = path.join(folder, "isonet", "console-history");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("console history", () => {
  test("gives the lines of earlier sessions, oldest first", () => {
    const first = new ConsoleHistory(file);
    first.load();
    first.add("list");
    first.add("mem");

    expect(new ConsoleHistory(file).load()).toEqual(["list", "mem"]);
  });

  test("keeps no repeated, blank or space-led line", () => {
    const history = new ConsoleHistory(file);
    history.load();

    for (const line of ["list", "list", "", "  ", " setenv password x", "mem", "list"])
      history.add(line);

    expect(readFileSync(file, "utf8")).toBe("list\nmem\nlist\n");
  });

  test("is readable by its owner only, even if it was not before", () => {
    mkdirSync(path.dirname(file));
    writeFileSync(file, "list\n", { mode: 0o644 });

    new ConsoleHistory(file).load();

    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is cut to the last thousand lines", () => {
    mkdirSync(path.dirname(file));
    writeFileSync(file, Array.from({ length: 1001 }, (_, index) => `ping ${index}\n`).join(""));

    const lines = new ConsoleHistory(file).load();

    expect([lines.length, lines[0], lines.at(-1)]).toEqual([1000, "ping 1", "ping 1000"]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(1001);
  });

  test("is done without where it cannot be kept", () => {
    writeFileSync(path.join(folder, "isonet"), "a file where the folder should be");
    const history = new ConsoleHistory(file);

    expect(history.load()).toEqual([]);
    expect(() => history.add("list")).not.toThrow();
  });

  test("is under XDG_STATE_HOME when that is an absolute path", () => {
    expect(historyFile({ XDG_STATE_HOME: "/state" })).toBe("/state/isonet/console-history");
    expect(historyFile({ XDG_STATE_HOME: "state" })).toMatch(
      /\/\.local\/state\/isonet\/console-history$/,
    );
  });
});
