// Bundles: the guest runtime as every isolate loads it, and the prelude of the untrusted ones.
// Their size is paid a thousand times; their modules are the guest's trust.

import { describe, expect, test } from "vitest";
import { exists, readText } from "./source-files.ts";

const bundles = [
  { name: "sandbox", bytesMax: 72 * 1024 },
  { name: "prelude", bytesMax: 16 * 1024 },
  { name: "replayable", bytesMax: 24 * 1024 }, // it is in recorded isolates only
];

describe.each(bundles)("the bundle $name", ({ name, bytesMax }) => {
  const bundle = `build/${name}.js`;
  const modules = JSON.parse(readText(`build/${name}-modules.json`) || "[]") as string[];

  test("is built", () => {
    expect(exists(bundle)).toBe(true);
  });

  test(`has at most ${bytesMax} bytes`, () => {
    expect(Buffer.byteLength(readText(bundle))).toBeLessThanOrEqual(bytesMax);
  });

  test("holds files of sandbox and wire, each of which exists, and nothing else", () => {
    expect(modules.length).toBeGreaterThan(0);
    expect(modules.filter((file) => !/^(sandbox|wire)\//.test(file) || !exists(file))).toEqual([]);
  });
});
