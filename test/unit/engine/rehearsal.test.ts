// Rehearsal: what the code cache of a script holds, and what the guest's own scripts do in one.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Script } from "node:vm";
import { expect, test } from "vitest";
import { playPrelude, playRuntime, rehearse } from "../../../src/engine/rehearsal.ts";

const built = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, "../../../build", `${name}.js`), "utf8");

test("a rehearsed script's cache has the functions that were called, and V8 takes it", () => {
  const source = `(() => {
    const inner = (value) => { let sum = 0; for (const each of value) sum += each; return sum; };
    return { sum: (...values) => inner(values) };
  })()`;
  const idle = rehearse(source, "any.js", () => []);
  const played = rehearse(source, "any.js", ({ sum }: { sum: (...values: number[]) => number }) => {
    expect(sum(1, 2, 3)).toBe(6);
    return [];
  });

  expect(played.cache.byteLength).toBeGreaterThan(idle.cache.byteLength);
  const script = new Script(source, { filename: "any.js", cachedData: Buffer.from(played.cache) });
  expect(script.cachedDataRejected).toBe(false);
});

test("the guest runtime starts a service in its rehearsal, and tells what authors import", () => {
  const { names } = rehearse(built("sandbox"), "isonet:runtime", playRuntime);

  expect(names).toContain("call");
  expect(names).toContain("start");
});

test("the prelude hardens the realm of its rehearsal, and no other", () => {
  rehearse(built("prelude"), "isonet:prelude", playPrelude);

  expect(typeof Atomics).toBe("object");
});
