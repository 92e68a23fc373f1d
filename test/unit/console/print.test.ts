// Values as lines of text: Skynet's form, and what a hostile service cannot do with it.

import { describe, expect, test } from "vitest";
import { answerLines, failureLines } from "../../../services/host/console/print.ts";

const printed = (result: unknown): string[] => answerLines({ result });

describe("printing", () => {
  test("gives one key and value a line, sorted by key", () => {
    expect(printed({ b: 2, a: "x", c: true })).toEqual(["a\tx", "b\t2", "c\ttrue"]);
  });

  test("flattens a nested table to k:v joined by TAB, and shows what is deeper as JSON", () => {
    expect(printed({ a: { z: 1, y: "q" }, b: { deep: { x: [1, 2] } } })).toEqual([
      "a\ty:q\tz:1",
      'b\tdeep:{"x":[1,2]}',
    ]);
  });

  test("keeps an array in its order", () => {
    const letters = Array.from("abcdefghijk");

    expect(printed(letters).at(-1)).toBe("10\tk");
    expect(printed(letters)[2]).toBe("2\tc");
  });

  test("prints nothing for undefined and for an empty text", () => {
    expect([printed(undefined), printed(""), printed({})]).toEqual([[], [], []]);
  });

  test("leaves out the entries that are undefined, as Lua has none", () => {
    expect(printed({ a: undefined, b: null })).toEqual(["b\tnull"]);
  });

  test("prints every kind of value a message carries", () => {
    const values = new Map<string, unknown>([
      ["1", 12n],
      ["2", -0],
      ["3", Number.NaN],
      ["4", new Date(0)],
      ["5", new Date(Number.NaN)],
      ["6", Uint8Array.of(1, 2, 3)],
      ["7", new Set(["x"])],
      ["8", new Map([["k", new Map([[1, 2n]])]])],
    ]);

    expect(printed(values).map((line) => line.slice(2))).toEqual([
      "12",
      "0",
      "NaN",
      "1970-01-01T00:00:00.000Z",
      "Invalid Date",
      '"AQID"',
      "0:x",
      'k:[[1,"2"]]',
    ]);
  });

  test("keeps the lines of a text and drops the last end", () => {
    expect(printed("one\r\ntwo\n\nthree\n")).toEqual(["one", "two", "", "three"]);
  });

  test("shows control characters instead of sending them to the terminal", () => {
    const text = "a\u001b[2Jb\u009bc\u202ed\u0000";

    expect(printed(text)).toEqual(["a\\x1b[2Jb\\x9bc\\u202ed\\x00"]);
    expect(printed({ [text]: text })[0]).not.toMatch(/[^\P{Cc}\t]/u);
  });

  test("keeps line ends and tabs inside a value from making rows of their own", () => {
    expect(printed({ a: "1\nb\t2" })).toEqual(["a\t1\\nb\\t2"]);
  });

  test("shifts a line that would end the answer early", () => {
    expect(printed("fine\n<CMD OK>\n <CMD Error> ")).toEqual(["fine", " <CMD OK>", " <CMD Error>"]);
    expect(failureLines({ code: "REMOTE_FAULT", text: "x\r\n<CMD OK>" })).toEqual([
      "REMOTE_FAULT: x",
      " <CMD OK>",
    ]);
  });

  test("cuts an output over outputCharsMax and says how much", () => {
    const lines = printed("x".repeat(1023).concat("\n").repeat(1030));

    expect(lines).toHaveLength(1025);
    expect(lines.at(-1)).toBe("… 6 lines cut: over 1048576 characters");
  });

  test("cuts one value over cellCharsMax", () => {
    expect(printed({ a: "x".repeat(16 * 1024 + 1) })[0]).toBe(`a\t${"x".repeat(16 * 1024)} …`);
    expect(printed({ a: "x".repeat(16 * 1024) })[0]).toBe(`a\t${"x".repeat(16 * 1024)}`);
  });
});
