// Lines that end or stall a process in V8 as it comes: in an untrusted isolate the code gets an
// error, or its turn is interrupted, and the process lives.

import { expect, test } from "vitest";
import { hostileLines, type HostileEnd } from "../kit/hostile-lines.ts";
import { runLone } from "../kit/lone-service.ts";

/** Many isolates one after the other, on a machine that does other things as well. */
const large = { timeout: 60_000 };

// A turn may take 80 ms here; a call within the bounds takes some hundred at the most on a busy
// machine, a stalled one many seconds.
const msMax = 4000;

const interrupted = "null"; // what the engine says of a body that was cut off

/** The lines that did not end as expected, with how they did. */
async function others(kind: HostileEnd, expected: RegExp): Promise<string[]> {
  const sources = hostileLines[kind];
  const ends = await runLone({ sources });
  return ends.flatMap((end, index) => {
    const text = typeof end === "string" ? end : (end.fault ?? "returned");
    const isLate = typeof end !== "string" && end.ms > msMax;
    if (expected.test(text) && !isLate) return [];
    return [`${sources[index]} => ${text}${isLate ? `, after ${end.ms} ms` : ""}`];
  });
}

test("a call that is too large is refused, or interrupted on the way to it", large, async () => {
  // Disposed: on a busy machine the second limit passes before the interrupt has landed.
  const contained = /^RangeError: |^null$|^Error: Isolate was disposed during execution/;

  expect(await others("refused", contained)).toEqual([]);
});

test("a buffer outside the limit cannot be had", large, async () => {
  expect(await others("missing", /^TypeError: /)).toEqual([]);
});

test("a loop is interrupted, whatever built-in it calls", large, async () => {
  expect(await others("interrupted", new RegExp(`^${interrupted}$`))).toEqual([]);
});

test("a refusal names the built-in, the size and the bound", large, async () => {
  const [end] = await runLone({ sources: ["'x'.repeat(2 ** 29)"] });

  expect(end).toMatchObject({
    fault:
      "RangeError: repeat: 536870912 characters, and a built-in takes at most 4194304 here " +
      "(builtinTextMax) (at lone.js:1:5)",
  });
});

test("what is within the bounds works", large, async () => {
  const sources = [
    "'x'.repeat(2 ** 22)",
    "new Array(2 ** 20).fill(0).map((x, i) => i).sort((x, y) => y - x)",
    "JSON.parse('[' + '1,'.repeat(2 ** 18) + '1]')",
    "'ab'.repeat(2 ** 18).replace(/a/g, '$&$&')",
  ];
  const ends = await runLone({ sources, turnMsMax: 20_000, memoryMb: 128 });

  expect(ends.map((end) => (typeof end === "string" ? end : end.fault))).toEqual(
    sources.map(() => undefined),
  );
});
