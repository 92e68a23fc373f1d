// The example unique-services, by the real command line.

import { expect, test } from "vitest";
import { startExample } from "../kit/example.ts";

test("unique-services has one counter for three who ask at once, and one failure for two", async () => {
  await using example = startExample("unique-services");

  await example.saw(/runs: nothing listens/);
  await example.saw(/the counter is :\w+/);
  example.kill("SIGTERM");

  const { code, stdout } = await example.ended;
  expect(code).toBe(0);
  expect(stdout.match(/counter starts, for \w+/g)).toHaveLength(1);
  expect(stdout.match(/has number \d/g)).toEqual(["has number 1", "has number 2", "has number 3"]);
  const failures = stdout.match(/attempt: unique service broken failed .*: the disk is full/g);
  expect(failures).toHaveLength(2);
});
