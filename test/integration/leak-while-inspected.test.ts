// A service that grows over its memory limit while an operator's session is open on it. The host is
// a process of its own: what goes wrong here takes it along, or stops it for ever.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../kit/child.ts";
import { hostFlags } from "../kit/node-flags.ts";

const hasEnded = "ADDRESS_DEAD: service :01000101 has ended";
const program = path.join(import.meta.dirname, "../kit/leak-host.ts");

// Two hosts at a time: each waits for its operator most of the time.
async function leak(...how: string[]): Promise<string> {
  const end = await run([process.execPath, ...hostFlags, program, ...how]);
  expect(end).toMatchObject({ code: 0, signal: null });
  return end.stdout;
}

describe.concurrent.each(["turn by turn", "in one turn"])(
  "a trusted service that leaks %s",
  (how) => {
    const growth = how === "in one turn" ? "fill" : "turns";

    test.each([
      ["profile", /INSPECT_FAILED: a recording of .* ended early: near its memory limit/],
      ["sample", /INSPECT_FAILED: a recording of .* ended early: near its memory limit/],
      ["inject", /INSPECT_FAILED: an injection of .* ended early: near its memory limit/],
      ["debug", /the debugger has left, the service goes on: near its memory limit/],
    ])(
      "ends alone under %s, and its host goes on",
      async (command, told) => {
        const output = await leak(command, growth, "trusted");

        expect(output).toMatch(/^ended: MEMORY_LIMIT/m);
        expect(output).toMatch(/^other: pong$/m);
        // On a busy machine it can be gone before anybody sees it come near its limit.
        expect(output).toMatch(growth === "fill" ? RegExp(`${told.source}|${hasEnded}`) : told);
      },
      90_000,
    );
  },
);

test("an untrusted service that leaks while it is profiled costs its cell, and is blamed", async () => {
  const output = await leak("profile", "turns", "untrusted");

  expect(output).toMatch(/^ended: CELL_LOST/m);
  expect(output).toMatch(/^other: pong$/m);
  expect(output).toMatch(/^CELL_LOST: cell \d+ .* was lost: no answer for .*, in :01000101$/m);
}, 90_000);

test("a trusted service near its memory limit is not profiled, and goes on", async () => {
  const output = await leak("profile", "before", "trusted");

  expect(output).toMatch(/^INSPECT_FAILED: service :01000101 is near its memory limit/m);
  expect(output).toMatch(/^service: pong$/m);
}, 90_000);

test("a trusted service over its memory limit ends when it is collected, and its host goes on", async () => {
  const output = await leak("collect", "hoard", "trusted");

  expect(output).toMatch(/^ended: MEMORY_LIMIT/m);
  expect(output).toMatch(/^other: pong$/m);
}, 90_000);
