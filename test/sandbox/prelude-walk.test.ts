// Everything an untrusted service can reach, from the globals and from all that the runtime ever
// hands it, is of its own realm: no object of isolated-vm, no shared memory, no function of ours
// that V8 would show in a stack.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { askLone } from "../kit/lone-service.ts";

const source = readFileSync(new URL("../kit/graph-walk.js", import.meta.url), "utf8");

/** The first collects what a handler sees; the second walks, when all that waited has gone on. */
const requests = ["gather", "walk"];

test(
  "a walk over all that is reachable finds nothing of the host",
  { timeout: 60_000 },
  async () => {
    const reply = await askLone(source, requests);

    expect(reply).toMatchObject({ found: [] });
    const { seen, roots, runtimeFrames } = reply as Record<string, number>;
    expect(roots).toBeGreaterThan(1000);
    expect(seen).toBeGreaterThan(1000);
    expect(runtimeFrames).toBeGreaterThan(0);
  },
);

test("the same walk finds the shared memory where there is some", { timeout: 60_000 }, async () => {
  const planted = `${source}\ngive("planted", new Int32Array(new SharedArrayBuffer(8)));`;
  const { found } = (await askLone(planted, requests, { isTrusted: true })) as { found: string[] };

  expect(found).toContain("planted views shared memory");
});
