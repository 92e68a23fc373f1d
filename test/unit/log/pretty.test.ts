// Pretty lines: the look, and what hostile text cannot do.

import { describe, expect, test } from "vitest";
import { makePretty } from "../../../src/log/pretty.ts";

function pretty(text: string, level = "info", hasColours = false): string {
  const line = {
    level,
    time: "2026-11-24T13:54:20.129Z",
    address: ":0100000c",
    service: "a",
    text,
  };
  return makePretty({ hasColours, hasTime: false })(JSON.stringify(line));
}

describe("pretty", () => {
  test("shows address and text as Skynet does", () => {
    expect(pretty("hello")).toBe("[:0100000c] hello\n");
  });

  test("indents further lines, so that text cannot pass for another service's line", () => {
    expect(pretty("a\n[:01000001] b\r\nc")).toBe("[:0100000c] a\n    [:01000001] b\n    c\n");
  });

  test("shows control characters instead of sending them to the terminal", () => {
    expect(pretty("\u001B]52;c;aGk=\u0007\u009B2J\r\tx\u202Ey")).toBe(
      "[:0100000c] \\x1b]52;c;aGk=\\x07\\x9b2J\\x0d\tx\\u202ey\n",
    );
  });

  test.each([
    ["warn", "\u001B[33mhello"],
    ["error", "\u001B[31mhello"],
    ["debug", "\u001B[90mhello"],
  ])("colours the text of a line at level %s", (level, coloured) => {
    expect(pretty("hello", level, true)).toContain(coloured);
  });
});
