// Wrap comments: where long comment lines are broken, and what is left alone.

import { describe, expect, test } from "vitest";
import { wrapComments } from "../../../scripts/wrap-comments.ts";

const words = (count: number): string => Array(count).fill("word").join(" ");

describe("wrapping comments", () => {
  test("breaks a line over 100 columns between words", () => {
    expect(wrapComments(`  // ${words(20)}\ncode();`)).toBe(
      `  // ${words(19)}\n  // word\ncode();`,
    );
  });

  test("leaves a line of 100 columns alone", () => {
    const line = `// ${words(18)} ${"x".repeat(7)}`;

    expect(line).toHaveLength(100);
    expect(wrapComments(line)).toBe(line);
  });

  test("puts the rest in front of the line it runs on into, and before a new sentence on its own", () => {
    expect(wrapComments(`// ${words(20)}\n// runs on`)).toBe(`// ${words(19)}\n// word runs on`);
    expect(wrapComments(`// ${words(20)}\n// Begins`)).toBe(`// ${words(19)}\n// word\n// Begins`);
  });

  test("makes a block of a long comment of documentation", () => {
    expect(wrapComments(`  /** ${words(20)} */`)).toBe(
      `  /**\n   * ${words(19)}\n   * word\n   */`,
    );
  });

  test("puts a remark that does not fit above its line", () => {
    expect(wrapComments(`  code(); // ${words(19)}`)).toBe(`  // ${words(19)}\n  code();`);
  });

  test("leaves code and what cannot be broken alone", () => {
    const text = `const url = "http://${"x".repeat(100)}";\n// ${"-".repeat(100)}`;

    expect(wrapComments(text)).toBe(text);
  });
});
