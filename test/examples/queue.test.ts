// The example queue, by the real command line.

import { expect, test } from "vitest";
import { startExample } from "../kit/example.ts";

test("queue spends money twice without a queue, and never with one", async () => {
  await using example = startExample("queue");

  await example.saw(/runs: nothing listens/);
  example.kill("SIGTERM");

  const { code, stdout } = await example.ended;
  expect(code).toBe(0);
  expect(stdout.match(/(?<=^\[:01000101\] ).*/gm)).toEqual([
    "carelessly: paid 7, 3 are left; paid 7, -4 are left",
    "in turn: paid 7, 3 are left; 7 is too much, there are 3",
    "inside: paid 4, 6 are left; paid 4, 2 are left",
    "LAUNCH main",
  ]);
});
