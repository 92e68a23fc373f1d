// Bundle: the guest runtime as every isolate loads it. Its size is paid a thousand times; its
// modules are the guest's trust.

import { describe, expect, test } from "vitest";
import { exists, readText } from "./source-files.ts";

const bytesMax = 72 * 1024; // a sixth of it is the table of errors and limits
const bundle = "build/sandbox.js";

const modules = JSON.parse(readText("build/sandbox-modules.json") || "[]") as string[];

describe("the guest runtime's bundle", () => {
  test("is built", () => {
    expect(exists(bundle)).toBe(true);
  });

  test(`has at most ${bytesMax} bytes`, () => {
    expect(Buffer.byteLength(readText(bundle))).toBeLessThanOrEqual(bytesMax);
  });

  test("holds files of sandbox and wire, each of which exists, and nothing else", () => {
    expect(modules.length).toBeGreaterThan(0);
    expect(modules.filter((name) => !/^(sandbox|wire)\//.test(name) || !exists(name))).toEqual([]);
  });
});
