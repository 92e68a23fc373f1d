// Directory: who has which address, as all threads see it.
// Unit test of src/kernel/directory.ts.
// Invariant: each test has a table of its own.

import { describe, expect, test } from "vitest";
import { Directory } from "../../../src/kernel/directory.ts";
import { guestLocalIdMin, localIdMax, localIdOf, makeAddress } from "../../../wire/address.ts";

const nextWord = 0;

/** A directory whose next address has this local id. */
function directoryAt(nextLocalId: number): Directory {
  const memory = Directory.memory();
  new Int32Array(memory)[nextWord] = nextLocalId;
  return new Directory(7, memory);
}

describe("directory", () => {
  test("gives the first guest the address after the host's own", () => {
    const directory = new Directory(7, Directory.memory());

    expect(directory.allocate(3)).toBe(makeAddress(7, guestLocalIdMin));
    expect(directory.allocate(3)).toBe(makeAddress(7, guestLocalIdMin + 1));
  });

  test("places an allocated address on its shard", () => {
    const directory = new Directory(7, Directory.memory());

    const address = directory.allocate(3);

    expect(directory.shardOf(address)).toBe(3);
  });

  test("shows one thread what another allocated", () => {
    const memory = Directory.memory();
    const address = new Directory(7, memory).allocate(5);

    const elsewhere = new Directory(7, memory);

    expect(elsewhere.shardOf(address)).toBe(5);
    expect(localIdOf(elsewhere.allocate(1))).toBe(localIdOf(address) + 1);
  });

  test("does not give an address again before the sequence wraps", () => {
    const directory = new Directory(7, Directory.memory());
    const first = directory.allocate(1);
    directory.release(first);

    expect(directory.allocate(1)).not.toBe(first);
  });

  test("wraps behind the last address and skips those in use", () => {
    const directory = directoryAt(localIdMax);
    directory.occupy(guestLocalIdMin, 2);
    directory.occupy(guestLocalIdMin + 1, 2);

    const given = [directory.allocate(1), directory.allocate(1)].map(localIdOf);

    expect(given).toEqual([localIdMax, guestLocalIdMin + 2]);
  });

  test("never gives a guest a host's address, not even after the wrap", () => {
    const directory = directoryAt(localIdMax + 1);

    expect(localIdOf(directory.allocate(1))).toBe(guestLocalIdMin);
  });

  test("refuses the allocation when every address is in use, and goes on when one is free", () => {
    const memory = Directory.memory();
    new Uint8Array(memory).fill(9, 8);
    const directory = new Directory(7, memory);

    expect(() => directory.allocate(1)).toThrow(
      expect.objectContaining({ code: "ADDRESSES_USED_UP" }),
    );
    directory.release(makeAddress(7, 0x54321));
    expect(localIdOf(directory.allocate(1))).toBe(0x54321);
  });

  test("knows no address of another node", () => {
    const directory = new Directory(7, Directory.memory());
    const address = directory.allocate(3);

    const foreign = makeAddress(8, localIdOf(address));

    expect(directory.shardOf(foreign)).toBe(-1);
    expect(directory.wasAllocated(foreign)).toBe(false);
  });

  test("moves an address to the shard it is placed on", () => {
    const directory = new Directory(7, Directory.memory());
    const address = directory.allocate(0);

    directory.place(address, 4);

    expect(directory.shardOf(address)).toBe(4);
  });

  test("forgets a released address but knows that it was given out", () => {
    const directory = new Directory(7, Directory.memory());
    const address = directory.allocate(3);

    directory.release(address);

    expect(directory.shardOf(address)).toBe(-1);
    expect(directory.wasAllocated(address)).toBe(true);
  });

  test("says of an address it never gave out that it was not allocated", () => {
    const directory = new Directory(7, Directory.memory());
    const last = directory.allocate(3);

    expect(directory.wasAllocated(makeAddress(7, localIdOf(last) + 1))).toBe(false);
    expect(directory.wasAllocated(makeAddress(7, 5))).toBe(false);
    expect(directory.wasAllocated(makeAddress(7, 0))).toBe(false);
  });

  test("counts every guest's address as given out once the sequence has wrapped", () => {
    const directory = directoryAt(localIdMax + 1);
    directory.allocate(1);

    expect(directory.wasAllocated(makeAddress(7, localIdMax))).toBe(true);
  });
});
