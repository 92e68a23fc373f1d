// The example hello, by the real command line.

import { expect, test } from "vitest";
import { startExample } from "../kit/example.ts";

test("hello shows the three phases of a service, in their order", async () => {
  await using example = startExample("hello");

  await example.saw(/runs: nothing listens/);
  example.kill("SIGTERM");

  const { code, stdout } = await example.ended;
  expect(code).toBe(0);
  expect(stdout.replaceAll(/^\[:\w+\] /gm, "").split("\n")).toEqual([
    "the module's body runs first: it registers what the service can do",
    "the start handler gets the arguments: isonet",
    "hello, isonet",
    "from here on :01000101 works: it waits for messages",
    "LAUNCH hello isonet",
    "",
  ]);
});
