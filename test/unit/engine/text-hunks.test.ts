// Text hunks: all of them make the new text of the old; each says where it stands.

import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import { hunksOf, isCosmetic, withHunks } from "../../../src/engine/text-hunks.ts";

const lines = array(constantFrom("a", "b", "c", "", "d()"), { maxLength: 12 });
const texts = lines.map((each) => each.join("\n"));

test("all hunks together make the new text of the old", () => {
  assert(
    property(texts, texts, (before, after) => {
      expect(withHunks(before, hunksOf(before, after))).toBe(after);
    }),
  );
});

test("differences that are apart are hunks of their own, each with its lines", () => {
  const hunks = hunksOf("a\nb\nc\nd", "a\nB\nc\nd\ne");

  expect(hunks).toEqual([
    { at: 1, removed: ["b"], newAt: 1, added: ["B"] },
    { at: 4, removed: [], newAt: 4, added: ["e"] },
  ]);
  expect(withHunks("a\nb\nc\nd", hunks.slice(1))).toBe("a\nb\nc\nd\ne");
});

test("only blanks and whole comments are cosmetic", () => {
  const isRemark = (added: string): boolean =>
    isCosmetic({ at: 0, removed: [""], newAt: 0, added: added.split("\n") });

  expect(["", "// x", "/* x\n y */ // z"].map(isRemark)).toEqual([true, true, true]);
  expect(["x // y", "/* x", "y */"].map(isRemark)).toEqual([false, false, false]);
});
