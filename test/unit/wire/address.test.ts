// Addresses: 32 bits, their parts and their text.

import { describe, expect, test } from "vitest";
import {
  formatAddress,
  localIdMax,
  localIdOf,
  makeAddress,
  nodeOf,
  parseAddress,
} from "../../../wire/address.ts";

describe("an address", () => {
  test.each([
    [1, 0x101, 0x0100_0101],
    [255, localIdMax, 0xffff_ffff],
    [128, 1, 0x8000_0001],
  ])(
    "of node %i and local id %i is an unsigned number with both in it",
    (node, localId, number) => {
      const address = makeAddress(node, localId);

      expect(address).toBe(number);
      expect(nodeOf(address)).toBe(node);
      expect(localIdOf(address)).toBe(localId);
    },
  );

  test("is written with a colon and eight digits", () => {
    expect(formatAddress(makeAddress(1, 12))).toBe(":0100000c");
    expect(formatAddress(makeAddress(255, localIdMax))).toBe(":ffffffff");
  });
});

describe("reading an address", () => {
  test.each([
    [":0100000c", 0x0100_000c],
    ["0100000c", 0x0100_000c],
    [":0200000C", 0x0200_000c],
    ["c", 0x0700_000c],
    [":c", 0x0700_000c],
    [":0000000c", 0x0700_000c],
    ["ffffffff", 0xffff_ffff],
    [":80000001", 0x8000_0001],
  ])("takes %s", (text, address) => {
    expect(parseAddress(text, 7)).toBe(address);
  });

  test.each([
    ["", "nothing"],
    [":", "no digit"],
    ["::c", "two colons"],
    [":0", "local id 0"],
    [":01000000", "local id 0 of a node"],
    [":10000000c", "nine digits"],
    [":00000000c", "nine digits, zeros in front"],
    ["0x0c", "a prefix"],
    [":c ", "a space"],
    [":c\n", "a new line"],
    [":-c", "a sign"],
    [":g", "another letter"],
    [".name", "a name"],
    [":１", "a digit of another script"],
  ])("refuses %j: %s", (text) => {
    expect(parseAddress(text, 7)).toBeUndefined();
  });
});
