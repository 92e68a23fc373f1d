// Self-test: which installations are refused before anything starts, and in which words.
// The one without its add-on is a copy, run in a child process.

import { cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isAtLeast, selfTest } from "../../../src/engine/self-test.ts";
import { run } from "../../kit/child.ts";
import { makeFolder } from "../../kit/folder.ts";
import { node24 } from "../../kit/nodes.ts";

const root = path.resolve(import.meta.dirname, "../../..");

const program = `import { selfTest } from "./src/engine/self-test.ts";
selfTest().then(() => console.log("passed"), ({ code, message }) => console.log(code, message));`;

describe("the self-test", () => {
  test("passes where isolates compute", async () => {
    await expect(selfTest()).resolves.toBeUndefined();
  });

  test.each(["20.20.2", "22.12.0", "26.1.0"])(
    "refuses Node %s, naming the command",
    async (version) => {
      await expect(selfTest(version)).rejects.toMatchObject({
        code: "SELF_TEST_FAILED",
        message: expect.stringMatching(
          `Node 24, and this is Node ${version}; start it with the isonet`,
        ),
      });
    },
  );

  test.each([
    ["without the flag isolates need", [], /^SELF_TEST_FAILED .*--no-node-snapshot/],
    [
      "without the add-on",
      ["--no-node-snapshot"],
      /^SELF_TEST_FAILED isolated-vm.*; run npm ci with/,
    ],
  ])("refuses an installation %s, in one sentence", async (_what, flags, sentence) => {
    const folder = makeFolder({ "package.json": '{"type":"module"}', "test.mjs": program });
    cpSync(path.join(root, "wire"), path.join(folder, "wire"), { recursive: true });
    cpSync(path.join(root, "src/engine"), path.join(folder, "src/engine"), { recursive: true });

    const { stdout } = await run([node24, ...flags, "test.mjs"], { cwd: folder });

    expect(stdout).toMatch(sentence);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("a version", () => {
  test.each([
    ["7.0.1", true],
    ["7.0.2", true],
    ["7.1.0", true],
    ["10.0.0", true],
    ["7.0.0", false],
    ["6.9.9", false],
    ["7.0.1-beta", false],
  ])("%s is at least 7.0.1: %s", (version, isEnough) => {
    expect(isAtLeast(version, "7.0.1")).toBe(isEnough);
  });
});
