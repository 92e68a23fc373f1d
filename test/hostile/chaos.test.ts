// Chaos: a host lives through whatever its services and its operator do to it at the same time.
// Each seed is a host in a process of its own: a crash of V8, a hang or a wrong answer fails it.
// Invariant: a failing run names its seed; set CHAOS_SEED to run one seed again.

import path from "node:path";
import { expect, test } from "vitest";
import { run } from "../kit/child.ts";
import { hostFlags } from "../kit/node-flags.ts";

const operations = 12;
const again = process.env["CHAOS_SEED"];
const seeds =
  again === undefined ? [1, 2, Math.floor(Math.random() * 0xffff_ffff)] : [Number(again)];
const program = path.join(import.meta.dirname, "chaos-host.ts");

test.each(seeds)("what services and an operator do costs no other (seed %i)", async (seed) => {
  const end = await run([
    process.execPath,
    ...hostFlags,
    program,
    String(seed),
    String(operations),
  ]);

  expect(end).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(end.stdout)).toHaveProperty("outcomes");
});
