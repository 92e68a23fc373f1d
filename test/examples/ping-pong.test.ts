// The example ping-pong, by the real command line.

import { expect, test } from "vitest";
import { startExample } from "../kit/example.ts";

test("ping-pong shows a call, a message, an error, a timeout and ten thousand calls", async () => {
  await using example = startExample("ping-pong");

  await example.saw(/runs: nothing listens/);
  await example.saw(/pong has dropped ball 8/);
  example.kill("SIGTERM");

  const { code, stdout } = await example.ended;
  expect(code).toBe(0);
  expect(stdout.match(/(?<=^\[:01000101\] ).*/gm)).toEqual([
    "a call: ball 7 comes back as ball 8",
    "a message: nothing comes back",
    "an error comes back as one: REMOTE_FAULT, MISSED: pong has missed ball 8",
    "no answer is an error as well: CALL_TIMEOUT",
    "ball 10000: the rally is over",
    "LAUNCH ping",
  ]);
});
