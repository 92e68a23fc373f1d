// The example timers, by the real command line. Its figures depend on the machine, their order does
// not.

import { expect, test } from "vitest";
import { startExample } from "../kit/example.ts";

test("timers fires each timer once, wakes who waits, and never fires what was cancelled", async () => {
  await using example = startExample("timers");

  await example.saw(/that was all/);
  example.kill("SIGTERM");

  const { code, stdout } = await example.ended;
  expect(code).toBe(0);
  const lines = stdout.match(/(?<=\d ms: ).*/g) ?? [];
  const beats = lines.filter((line) => line.startsWith("beat"));
  expect(beats).toEqual(["beat 1", "beat 2", "beat 3", "beat 4"]);
  expect(lines.filter((line) => !line.startsWith("beat"))).toEqual([
    "a timeout does not hold up what follows",
    "a timer can be cancelled: true",
    "half way: the beats go on while this thread sleeps",
    "somebody has opened the door",
    "woken early: BREAK",
    "that was all",
  ]);
});

test("timers fires no timer before its time", async () => {
  await using example = startExample("timers");

  await example.saw(/that was all/);
  example.kill("SIGTERM");

  const { stdout } = await example.ended;
  const atMs = (what: string): number => Number(new RegExp(`(\\d+) ms: ${what}`).exec(stdout)?.[1]);
  expect(atMs("beat 1")).toBeGreaterThanOrEqual(100);
  expect(atMs("beat 4") - atMs("beat 1")).toBeGreaterThanOrEqual(600);
  expect(atMs("that was all")).toBeGreaterThanOrEqual(1000);
});
