// Lua number: which texts are numbers to Lua 5.4's tonumber, and which number.

import { describe, expect, test } from "vitest";
import { luaNumber } from "../../../library/msgserver/lua-number.ts";

describe("a number as Lua reads it", () => {
  test.each([
    ["1", 1n],
    ["  12\t", 12n],
    ["-3", -3n],
    ["+7", 7n],
    ["007", 7n],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["0x10", 16n],
    ["0xffffffffffffffff", -1n],
    ["-0x1", -1n],
    ["1.5", 1.5],
    ["1.", 1],
    [".5", 0.5],
    ["2e3", 2000],
    ["1e999", Infinity],
    ["9223372036854775808", 9223372036854775808],
    ["0x.8", 0.5],
    ["0x1p4", 16],
    ["-0x1.8p1", -3],
    ["9".repeat(60), 1e60],
  ])("takes %j for %s", (text, value) => {
    expect(luaNumber(text)).toBe(value);
  });

  test.each(["", " ", "x", "1 2", "0x", "0xg", "0b1", "1_0", "Infinity", "nan", "inf", "1e", "."])(
    "takes %j for no number",
    (text) => {
      expect(luaNumber(text)).toBeUndefined();
    },
  );

  test("takes a text of over 200 characters for no number", () => {
    expect(luaNumber("9".repeat(201))).toBeUndefined();
  });
});
