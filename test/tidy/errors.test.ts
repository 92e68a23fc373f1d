// Errors: the table of codes, the page for operators, the source and the tests name the same codes.

import { describe, expect, test } from "vitest";
import { errorCodes, type ErrorCode } from "../../wire/error-codes.ts";
import { readText, sourceFiles, tableRows } from "./source-files.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];
const rows = tableRows(readText("docs/errors.md"));

/**
 * Codes of the table that the files' texts have in quotation marks, or at the start of a pattern.
 */
function codesIn(isWanted: (name: string) => boolean): Set<string> {
  const texts = sourceFiles.filter(({ name }) => isWanted(name)).map(({ text }) => text);
  return new Set(texts.join("\n").match(/(?<=["'`^])[A-Z]+(?:_[A-Z]+)+\b/g));
}

describe("error codes", () => {
  test("have numbers of their own", () => {
    const numbers = new Set(codes.map((code) => errorCodes[code].number));

    expect(numbers.size).toBe(codes.length);
  });

  test("are each on the page for operators, with their number, and no other is", () => {
    const shown = rows.map(([code, number]) => `${code} ${number}`);
    const actual = codes.map((code) => `${code} ${errorCodes[code].number}`);

    expect(shown.toSorted()).toEqual(actual.toSorted());
  });

  test("are explained to whoever gets them, with what to do", () => {
    expect(rows.filter((cells) => cells.length !== 5 || cells.includes(""))).toEqual([]);
  });

  test("are each used by the host, the guest runtime, a library or a client", () => {
    const used = codesIn(
      (name) =>
        /^(src|sandbox|library|client|services|wire)\//.test(name) &&
        name !== "wire/error-codes.ts",
    );

    expect(codes.filter((code) => !used.has(code))).toEqual([]);
  });

  test("are each the outcome of a test", () => {
    const tested = codesIn((name) => /^test\/(?!tidy\/).*\.ts$/.test(name));

    expect(codes.filter((code) => !tested.has(code))).toEqual([]);
  });
});
