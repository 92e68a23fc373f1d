// Form of source files: header, size, width, names, words, no loose ends, no hidden clocks.

import { describe, expect, test } from "vitest";
import { bannedFileNames, bannedWords, clockless, hiddenClocks, skynetWords } from "./banned.ts";
import { codeOnly, findings, names, type SourceFile } from "./source-files.ts";

const codeLinesMax = 400;
const columnsMax = 100;

// Names of tests and texts they expect stay on one line.
const testText = /^test\/\S+: +(?!\/[/*]|\*).*["'`/]/;
const baseName = (name: string): string => name.replace(/^.*\//, "").replace(/(\.\w+)+$/, "");
const codeLines = (text: string): number => codeOnly(text).match(/^.*\S.*$/gm)?.length ?? 0;
const words = ({ text }: SourceFile): string[] =>
  (codeOnly(text).match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? []).map((word) => word.toLowerCase());

describe("a source file", () => {
  test("starts with a comment that says what it is for", () => {
    expect(names(({ text }) => !/^(#!.*\n)?\/\/ \S+/.test(text))).toEqual([]);
  });

  test(`has at most ${codeLinesMax} lines of code`, () => {
    expect(names(({ text }) => codeLines(text) > codeLinesMax)).toEqual([]);
  });

  test(`has at most ${columnsMax} columns, but for texts of tests`, () => {
    const wide = findings(({ lines }) => lines.filter((line) => line.length > columnsMax));

    expect(wide.filter((line) => !testText.test(line))).toEqual([]);
  });

  test("has a name in kebab-case that says what is in it", () => {
    const isKebab = /^[a-z0-9]+(-[a-z0-9]+)*$/;

    expect(names(({ name }) => !isKebab.test(baseName(name)))).toEqual([]);
    expect(names(({ name }) => bannedFileNames.has(baseName(name)))).toEqual([]);
  });

  test("uses no word that the house has another one for", () => {
    const banned = (file: SourceFile): string[] =>
      words(file).filter(
        (word) => bannedWords.has(word) && skynetWords.get(word)?.test(file.name) !== true,
      );

    expect(findings(banned)).toEqual([]);
  });

  test("has no note to do something later without the decision it waits for", () => {
    const loose = /\b(TODO|FIXME|XXX)\b(?! \(decision \d{4}\))/;

    expect(names(({ name, text }) => loose.test(text) && !name.startsWith("test/tidy/"))).toEqual(
      [],
    );
  });

  test("of wire, kernel or guest runtime takes time and chance from outside", () => {
    const pure = findings(({ name, text }) =>
      clockless.test(name) ? (codeOnly(text).match(hiddenClocks) ?? []) : [],
    );

    expect(pure).toEqual([]);
  });
});
