// Blame mark: a cell's turn mark, and what the host reads of it.

import { expect, test } from "vitest";
import { BlameFile, BlameMark } from "../../../src/cell/blame-mark.ts";
import { MarkWord } from "../../../src/kernel/turn-mark.ts";

test("a turn begun in a cell is blamed on its service, and has the service's slice", () => {
  const file = new BlameFile();
  const mark = new BlameMark(file.fd);

  mark.begin(0x01000105, 0x01000102, 50);

  expect(file.read()).toBe(0x01000105);
  expect(mark.words[MarkWord.destination]).toBe(0x01000105);
  expect(mark.words[MarkWord.sliceMs]).toBe(50);
  file.close();
});
