// Choose cell: an owner's services stay together, strangers apart as long as there is room.

import { expect, test } from "vitest";
import { chooseCell, type CellLoad } from "../../../src/cell/choose-cell.ts";

const bounds = { cellsMax: 3, servicesMax: 10 };

const load = (place: number, services: number, ofOwner = 0): CellLoad => ({
  place,
  services,
  ofOwner,
});

test.each<[string, CellLoad[], number | "new" | "full"]>([
  ["the first service opens a cell", [], "new"],
  ["a cell of the owner's own is taken first", [load(5, 0), load(6, 9, 1)], 6],
  ["of two of its own the emptier", [load(5, 8, 2), load(6, 3, 1)], 6],
  ["of two alike the first", [load(5, 3, 1), load(6, 3, 1)], 5],
  ["a cell of its own that is full does not count", [load(5, 10, 10)], "new"],
  ["an empty cell goes before a new one", [load(5, 4), load(6, 0)], 6],
  ["strangers get a new cell while there may be more", [load(5, 1), load(6, 1)], "new"],
  ["then they share the emptiest", [load(5, 9), load(6, 4), load(7, 5)], 6],
  ["then the last place of all", [load(5, 10), load(6, 9), load(7, 10)], 6],
  ["and then there is no room", [load(5, 10), load(6, 10), load(7, 10)], "full"],
])("%s", (_what, loads, choice) => {
  expect(chooseCell(loads, bounds)).toBe(choice);
});
