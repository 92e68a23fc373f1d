// UTF-8: the same text and bytes as TextEncoder and TextDecoder, which an isolate has not got.

import { describe, expect, test } from "vitest";
import { readUtf8, unitsWithin, utf8Length, writeUtf8 } from "../../../wire/utf8.ts";

const read = (...bytes: number[]): string => readUtf8(Uint8Array.from(bytes), 0, bytes.length);

describe("malformed bytes", () => {
  test.each([
    ["a byte that starts nothing", [0x80, 0x41], "\ufffdA"],
    ["an overlong form of two bytes", [0xc0, 0xaf], "\ufffd\ufffd"],
    ["an overlong form of three bytes", [0xe0, 0x80, 0xaf], "\ufffd\ufffd\ufffd"],
    ["an overlong form of four bytes", [0xf0, 0x80, 0x80, 0xaf], "\ufffd\ufffd\ufffd\ufffd"],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
    ["a point over U+10FFFF", [0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
    ["a sequence cut off by the end", [0xe2, 0x82], "\ufffd"],
    ["a sequence cut off by a letter", [0xf0, 0x9f, 0x98, 0x41], "\ufffdA"],
    ["0xff", [0xff], "\ufffd"],
  ])("%s reads as replacement characters, as TextDecoder has it", (_, bytes, text) => {
    expect(read(...bytes)).toBe(text);
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(text);
  });

  test("do not make the reader look behind the end", () => {
    expect(readUtf8(Uint8Array.of(0x41, 0xe2, 0x82, 0xac), 0, 3)).toBe("A\ufffd");
  });
});

describe("well-formed bytes", () => {
  test.each([
    [
      "the least and the largest point of each length",
      "\0\x7f\x80\u07ff\u0800\uffff\u{10000}\u{10ffff}",
    ],
    ["the points around the surrogates", "\ud7ff\ue000"],
    ["a byte order mark, which stays", "\ufeffA"],
    ["a text of several chunks with a pair across each", "x" + "😀".repeat(2000)],
  ])("read as %s", (_, text) => {
    const bytes = new TextEncoder().encode(text);

    expect(readUtf8(bytes, 0, bytes.length)).toBe(text);
  });
});

describe("writing", () => {
  test.each([
    ["a high surrogate alone", "a\ud800", [0x61, 0xef, 0xbf, 0xbd]],
    ["a low surrogate alone", "\udc00a", [0xef, 0xbf, 0xbd, 0x61]],
    ["two high surrogates", "\ud83d\ud83d", [0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd]],
    ["a pair", "😀", [0xf0, 0x9f, 0x98, 0x80]],
  ])("%s", (_, text, bytes) => {
    const into = new Uint8Array(8);

    const end = writeUtf8(text, into, 1);

    expect([...into.subarray(1, end)]).toEqual(bytes);
    expect(utf8Length(text)).toBe(bytes.length);
  });

  test.each(["a", "é", "€", "😀"])("%s into a byte too few gives -1", (text) => {
    const size = utf8Length(text);

    expect(writeUtf8(text, new Uint8Array(size), 0)).toBe(size);
    expect(writeUtf8(text, new Uint8Array(size - 1), 0)).toBe(-1);
  });
});

describe("the part of a text that fits", () => {
  test.each([
    ["abc", 3, 3],
    ["abc", 2, 2],
    ["aé", 2, 1],
    ["a€", 3, 1],
    ["a😀b", 4, 1],
    ["a😀b", 5, 3],
    ["a\ud83d", 4, 2],
    ["", 0, 0],
  ])("of %j in %i bytes is %i units, never half of a pair", (text, bytesMax, units) => {
    expect(unitsWithin(text, bytesMax)).toBe(units);
  });
});
