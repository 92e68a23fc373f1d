// Literals behind `call`: what is read, and what is refused with its column.

import { describe, expect, test } from "vitest";
import { readLiterals } from "../../../services/host/console/literals.ts";

const columnOf = (text: string): string => {
  try {
    readLiterals(text);
    return "read";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("literals", () => {
  test("are JSON values and simple JavaScript ones, separated by commas", () => {
    const text = `"get", 'x', \`y\`, -1.5e3, +7, .5, 5., 0xfF, 0b101, 0o17, 12n, -0x10n, true, false, null`;

    expect(readLiterals(text)).toEqual([
      "get",
      "x",
      "y",
      -1500,
      7,
      0.5,
      5,
      255,
      5,
      15,
      12n,
      -16n,
      true,
      false,
      null,
    ]);
  });

  test("are undefined, NaN and the infinities by name, and nil for Skynet's operators", () => {
    expect(readLiterals("undefined, nil, NaN, Infinity, -Infinity, -0")).toEqual([
      undefined,
      undefined,
      Number.NaN,
      Infinity,
      -Infinity,
      -0,
    ]);
  });

  test("are arrays and objects with any kind of key, a comma at the end allowed", () => {
    expect(readLiterals(`{ id: 1, "na me": [1, [2,],], 'q': {}, 7: null, $é: [] , }`)).toEqual([
      { id: 1, "na me": [1, [2]], q: {}, 7: null, $é: [] },
    ]);
  });

  test("have JavaScript's escapes in texts", () => {
    expect(readLiterals(String.raw`"\n\t\"\\\/\x41A\u{1f600}\q", 'it\'s'`)).toEqual([
      '\n\t"\\/AA😀q',
      "it's",
    ]);
  });

  test("give __proto__ as a key of its own", () => {
    const [value] = readLiterals('{"__proto__": {"polluted": true}}') as [object];

    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });

  test.each([
    ["process.exit()", 'column 1: a value is expected, not "process.exit"'],
    ["1 + 1", 'column 3: a comma or the end is expected, not "+ 1"'],
    ["1, , 2", 'column 4: a value is expected, not ", 2"'],
    ["12abc", 'column 3: the end of the number is expected, not "abc"'],
    ["[1 2]", 'column 4: "," or "]" is expected, not "2]"'],
    ["{a 1}", 'column 4: ":" after a key is expected, not "1}"'],
    ["{[x]: 1}", 'column 2: a key is expected, not "[x]: 1}"'],
    ['"open', 'column 7: " at the end of the text is expected, not the end'],
    ["`${1}`", "column 3: `${…}` would be evaluated; only plain values are read"],
    [String.raw`"\u12"`, String.raw`column 4: \u needs its hex digits`],
    [String.raw`"\u{110000}"`, String.raw`column 12: no character has the number u{110000}`],
    ["-", "column 2: a number is expected, not the end"],
    ["", "column 1: a value is expected, not the end"],
    ["1,", "column 3: a value is expected, not the end"],
  ])("refuse %s", (text, message) => {
    expect(columnOf(text)).toBe(`Invalid arguments: ${message}`);
  });

  test("nest 32 deep and no deeper", () => {
    expect(readLiterals(`${"[".repeat(32)}${"]".repeat(32)}`)).toHaveLength(1);
    expect(columnOf(`${"[".repeat(33)}${"]".repeat(33)}`)).toContain("nested deeper than 32");
  });
});
