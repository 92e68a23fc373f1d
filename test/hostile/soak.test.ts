// The soak, for a moment: services come and go, hostile ones among them, and nothing is lost.

import path from "node:path";
import { expect, test } from "vitest";
import { run } from "../kit/child.ts";
import { node24 } from "../kit/nodes.ts";
import type { SoakFigures } from "./soak/figures.ts";
import { hostFlags } from "../kit/node-flags.ts";

const main = path.join(import.meta.dirname, "soak.ts");
const soak = (...args: readonly string[]) => run([node24, ...hostFlags, main, ...args]);

test("a short soak loses nothing and leaves nothing behind", async () => {
  const { stdout, stderr } = await soak("--minutes", "0.3");
  const figures = JSON.parse(stdout) as SoakFigures;

  expect(stderr).toContain(`--seed ${figures.seed}`); // to be run again with
  expect(figures.delivered).toBeGreaterThan(0);
  expect({ seed: figures.seed, losses: figures.losses, leaks: figures.leaks }).toEqual({
    seed: figures.seed,
    losses: [],
    leaks: { children: 0, descriptors: [], resources: 0, threads: 0 },
  });
});

test("a soak explains itself, and refuses what it does not know", async () => {
  expect((await soak("--help")).stdout).toContain("--minutes N");
  expect(await soak("--minutes", "long")).toMatchObject({ code: 2 });
});
