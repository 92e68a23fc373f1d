// The command line: help, check, and how failures end.
// In child processes, on the repository's own launcher.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { optionTable } from "../../../src/option-table.ts";
import { run, type ChildEnd } from "../../kit/child.ts";
import { makeFolder } from "../../kit/folder.ts";
import { node24 } from "../../kit/nodes.ts";

const launcher = path.resolve(import.meta.dirname, "../../../bin/isonet.mjs");

function isonet(...given: readonly string[]): Promise<ChildEnd> {
  return run([node24, launcher, ...given]);
}

describe("isonet", () => {
  test("prints its version", async () => {
    expect(await isonet("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });

  test("names its commands in its help", async () => {
    const { code, stdout } = await isonet("--help");

    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}start [^]*^ {2}check [^]*^ {2}console /m);
  });

  test("ends with 2 and the command that was meant when it is misspelt", async () => {
    expect(await isonet("chekc")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean check?"),
    });
  });

  test("explains every option in the help of start", async () => {
    const { stdout } = await isonet("start", "--help");

    const explained = Object.keys(optionTable).filter((key) =>
      new RegExp(`^ {2}${key} +[a-z].*\\n {24}\\S.*`, "m").test(stdout),
    );
    expect(explained).toEqual(Object.keys(optionTable));
  });
});

describe("isonet check", () => {
  test("prints every option as it would be used, and the file of the first service", async () => {
    const folder = makeFolder({
      "a.json": '{ "start": "main 7", "servicePath": "s/?.ts" }',
      "s/main.ts": "",
    });

    const file = path.join(folder, "a.json");
    const { code, stdout } = await isonet("check", file, "--set", "shards=3", "--log", "json");

    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({
      configuration: file,
      startFile: path.join(folder, "s/main.ts"),
      start: { name: "main", args: ["7"] },
      shards: 3,
      log: { file: null, format: "json" },
    });
    expect(Object.keys(optionTable).filter((key) => !(key in shown))).toEqual([]);
  });

  test.each([
    [
      "a bad option",
      "a.json",
      '{ "shards": 0 }',
      /^isonet: CONFIG_INVALID: shards: got 0; allowed: /,
    ],
    [
      "no file of the first service",
      "a.json",
      '{ "start": "x" }',
      /^isonet: CONFIG_INVALID: start: no file .*"x"/,
    ],
    [
      "a throwing module",
      "a.mjs",
      "\nthrow new RangeError('no');",
      /RangeError: no \(.*a\.mjs:2\)/,
    ],
    ["a broken module", "a.mjs", "\n\nexport const config = {;", /SyntaxError.*\(.*a\.mjs:3\)/],
    ["a broken module", "a.ts", "\n\nexport const config = {;", /SyntaxError.*\(.*a\.ts:3\)/],
  ])("ends with 2 and one line for %s", async (_what, name, text, message) => {
    const folder = makeFolder({ [name]: text });

    const { code, stdout, stderr } = await isonet("check", path.join(folder, name));

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
