// Cell directory: who is in the cell, and that everybody else is the node's.

import { describe, expect, test } from "vitest";
import { CellDirectory } from "../../../src/cell/cell-directory.ts";
import { guestLocalIdMin, makeAddress, wellKnown } from "../../../wire/address.ts";

const place = 5;
const guest = makeAddress(1, guestLocalIdMin + 10);
const control = wellKnown.shardControl + place;

const makeDirectory = (): CellDirectory => new CellDirectory(1, place);

describe("a cell's directory", () => {
  test("takes everybody it was not told of for the node's", () => {
    const directory = makeDirectory();

    expect(directory.shardOf(guest)).toBe(0);
    expect([directory.wasAllocated(), directory.isSuspended()]).toEqual([true, false]);
  });

  test("has a service from its creation until it has ended", () => {
    const directory = makeDirectory();

    directory.place(guest, place);
    expect(directory.shardOf(guest)).toBe(place);
    directory.release(guest);
    expect(directory.shardOf(guest)).toBe(0);
  });

  test("gives a service back that the node places elsewhere or keeps for a restart", () => {
    const directory = makeDirectory();

    for (const leave of [() => directory.place(guest, 0), () => directory.suspend(guest)]) {
      directory.place(guest, place);
      leave();
      expect(directory.shardOf(guest)).toBe(0);
    }
  });

  test("knows its own control service, and the host's services from guests", () => {
    const directory = makeDirectory();
    const own = directory.occupy(control, place);

    expect(own).toBe(makeAddress(1, control));
    expect(directory.shardOf(own)).toBe(place);
    expect(directory.isHost(own)).toBe(false);
    expect(directory.isHost(makeAddress(1, wellKnown.launcher))).toBe(true);
    expect(directory.isHost(makeAddress(1, control + 1))).toBe(true);
    expect(directory.isHost(guest)).toBe(false);
  });
});
