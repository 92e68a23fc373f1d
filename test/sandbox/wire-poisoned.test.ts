// The wire in an isolate whose author has replaced every built-in: it packs and unpacks as before.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "../kit/child.ts";

const program = fileURLToPath(new URL("../kit/poisoned-isolate.ts", import.meta.url));

/** A bundle and an isolate are made, on a machine that does other things as well. */
const large = { timeout: 30_000 };

test("packs, unpacks and refuses in an isolate with every built-in poisoned", large, async () => {
  const { code, stdout, stderr } = await run([process.execPath, "--no-node-snapshot", program]);

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { cases, replaced, failures } = JSON.parse(stdout) as Record<string, number | string>;
  expect(failures).toBe("");
  expect(cases).toBeGreaterThanOrEqual(60);
  expect(replaced).toBeGreaterThan(700);
});
