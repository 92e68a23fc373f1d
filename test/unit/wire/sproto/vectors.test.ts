// Sproto: the bytes that Skynet gives for the same schema and value, both ways.

import { describe, expect, test } from "vitest";
import { pack, unpack } from "../../../../wire/sproto/packing.ts";
import { parse } from "../../../../wire/sproto/sproto.ts";

const sproto = parse(`
.T {
  .Pair { k 0 : string  v 1 : integer }
  s 0 : string
  i 1 : integer
  b 2 : boolean
  a 3 : *integer
  f 5 : integer(2)
  d 6 : double
  m 7 : *T(i)
  p 8 : *Pair()
  bs 9 : *boolean
  ds 10 : *double
  raw 11 : binary
}
`);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const whole: [string, object, string][] = [
  ["texts and inline values", { s: "hi", i: 7, b: true }, "0300 0000 1000 0400 02000000 6869"],
  ["a number of four bytes", { i: 100_000 }, "0200 0100 0000 04000000 a0860100"],
  ["a negative number", { i: -1 }, "0200 0100 0000 04000000 ffffffff"],
  ["a number of eight bytes", { i: 2 ** 33 }, "0200 0100 0000 08000000 0000000002000000"],
  ["a negative number of eight", { i: -1e10 }, "0200 0100 0000 08000000 001cf4abfdffffff"],
  ["the largest inline number", { i: 0x7ffe }, "0200 0100 feff"],
  ["the smallest other number", { i: 0x7fff }, "0200 0100 0000 04000000 ff7f0000"],
  ["false", { b: false }, "0200 0300 0200"],
  ["nothing", {}, "0000"],
  ["an array", { a: [1, 2] }, "0200 0500 0000 09000000 04 01000000 02000000"],
  [
    "an array with a number of eight bytes",
    { a: [-1, 2 ** 32 + 1] },
    "0200 0500 0000 11000000 08 ffffffffffffffff 0100000001000000",
  ],
  ["an empty array", { a: [] }, "0200 0500 0000 00000000"],
  ["fixed point and double", { f: 1.25, d: 0.5 }, "0300 0900 fc00 0000 08000000 000000000000e03f"],
  ["fixed point below zero", { f: -1.25 }, "0200 0900 0000 04000000 83ffffff"],
  ["booleans", { bs: [false, true, false] }, "0200 1100 0000 03000000 000100"],
  ["doubles", { ds: [23, 4] }, "0200 1300 0000 11000000 08 0000000000003740 0000000000001040"],
  ["bytes", { raw: Uint8Array.of(0, 255) }, "0200 1500 0000 02000000 00ff"],
  [
    "structs by a key",
    {
      m: new Map([
        [1, { i: 1 }],
        [2, { s: "b", i: 2 }],
      ]),
    },
    "0200 0d00 0000 19000000 06000000 0200 0100 0400 0b000000 0200 0000 0600 01000000 62",
  ],
  [
    "a map",
    { p: new Map([["x", 5]]) },
    "0200 0f00 0000 0f000000 0b000000 0200 0000 0c00 01000000 78",
  ],
];

describe("Skynet's bytes", () => {
  test.each(whole)("are those of %s", (_name, value, expected) => {
    expect(hex(sproto.encode("T", value))).toBe(expected.replaceAll(" ", ""));
    expect(sproto.decode("T", bytesOf(expected))).toEqual(value);
  });

  test("are packed as Skynet packs them", () => {
    const bytes = sproto.encode("T", { s: "hi", i: 7, b: true });

    expect(hex(pack(bytes))).toBe("5103100431026869");
    expect(sproto.pencode("T", { s: "hi", i: 7, b: true })).toEqual(pack(bytes));
    expect(sproto.pdecode("T", pack(bytes))).toEqual({ s: "hi", i: 7, b: true });
  });
});

describe("packing", () => {
  const repeated = (byte: string, count: number): string => byte.repeat(count);

  test.each([
    ["nothing", "", ""],
    ["zeros", "0000000000000000", "00"],
    ["numbers", "0800000003000200 19000000aa010000", "5108030231 19aa01"],
    ["a run", `${repeated("8a", 30)}0000`, `ff03${repeated("8a", 30)}0000`],
    ["one full group", repeated("01", 8), `ff00${repeated("01", 8)}`],
    ["seven bytes", repeated("01", 7), `7f${repeated("01", 7)}`],
    [
      "a run that a group of six goes on with",
      `${repeated("01", 8)}0000${repeated("02", 6)}`,
      `ff01${repeated("01", 8)}0000${repeated("02", 6)}`,
    ],
    [
      "a run that a group of five ends",
      `${repeated("01", 8)}000000${repeated("02", 5)}`,
      `ff00${repeated("01", 8)}f8${repeated("02", 5)}`,
    ],
    [
      "more than 256 groups",
      repeated("03", 257 * 8),
      `ffff${repeated("03", 256 * 8)}ff00${repeated("03", 8)}`,
    ],
  ])("of %s", (_name, content, expected) => {
    const bytes = bytesOf(content);
    const filled = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    filled.set(bytes);

    expect(hex(pack(bytes))).toBe(expected.replaceAll(" ", ""));
    expect(unpack(bytesOf(expected))).toEqual(filled);
  });
});
