// Printf: the formats that snax.printf knows.

import { expect, test } from "vitest";
import { printf } from "../../sandbox/printf.ts";

test.each([
  ["%s has %d", ["alice", 7], "alice has 7"],
  ["%5.2f|%.0f|%f", [1.23456, 2.5, 1], " 1.23|3|1.000000"],
  ["%-4s|%4s|%04i", ["ab", "ab", 42], "ab  |  ab|0042"],
  ["%x %g %d", [255, 0.5, 12n], "ff 0.5 12n"],
  ["100%% %k %", [], "100% %k %"],
  ["%s and %s", ["one"], "one and undefined"],
  ["%99999999s", ["x"], "x".padStart(99)],
])("%s", (format, values, text) => {
  expect(printf(format, values)).toBe(text);
});
