// Name table: which service has which name.
// Unit test of src/kernel/names.ts.
// Invariant: addresses here are made up; nothing lives behind them.

import { describe, expect, test } from "vitest";
import { NameTable } from "../../../src/kernel/names.ts";
import { makeAddress } from "../../../wire/address.ts";

const first = makeAddress(1, 0x107);
const second = makeAddress(1, 0x10b);

describe("name table", () => {
  test("resolves a name to its owner", () => {
    const names = new NameTable();

    names.bind(".arena", first);

    expect(names.resolve(".arena")).toBe(first);
    expect(names.resolve(".lobby")).toBeUndefined();
  });

  test("keeps a name with its first owner", () => {
    const names = new NameTable();
    names.bind(".arena", first);

    expect(names.bind(".arena", second)).toBe(false);
    expect(names.resolve(".arena")).toBe(first);
  });

  test("accepts the same binding twice and lists it once", () => {
    const names = new NameTable();
    names.bind(".arena", first);

    expect(names.bind(".arena", first)).toBe(true);
    expect(names.namesOf(first)).toEqual([".arena"]);
    expect(names.size).toBe(1);
  });

  test("gives one service several names", () => {
    const names = new NameTable();
    names.bind(".arena", first);
    names.bind(".pit", first);

    expect(names.namesOf(first)).toEqual([".arena", ".pit"]);
    expect([...names.entries()]).toEqual([
      [".arena", first],
      [".pit", first],
    ]);
  });

  test("releases all names of a service and no other's", () => {
    const names = new NameTable();
    names.bind(".arena", first);
    names.bind(".pit", first);
    names.bind(".lobby", second);

    names.release(first);

    expect(names.resolve(".arena")).toBeUndefined();
    expect(names.resolve(".pit")).toBeUndefined();
    expect(names.resolve(".lobby")).toBe(second);
  });

  test("lets a released name go to the next owner", () => {
    const names = new NameTable();
    names.bind(".arena", first);
    names.release(first);

    expect(names.bind(".arena", second)).toBe(true);
    expect(names.resolve(".arena")).toBe(second);
  });

  test("releases a service without names without harm", () => {
    const names = new NameTable();

    names.release(first);

    expect(names.namesOf(first)).toEqual([]);
  });
});
