// Cell moves: what the relocation of services needs of cells and of the messages to them.
// Main thread. Given to the launcher by host-services.ts.
// Invariant: an address is placed, and its messages go on, in one piece: no message comes between.

import type { Launcher } from "../services/host/launcher.ts";
import type { CellMoves } from "../services/host/relocation.ts";
import { endOfCell } from "./host-control.ts";
import type { Shards } from "./shards.ts";

const orderBytesMax = 64 * 1024; // of an order to create a service, without state and arguments

export function cellMoves(shards: Shards, launcher: () => Launcher): CellMoves {
  const { cells } = shards;
  const { mailboxBytesMax, messageBytesMax } = shards.own.options;
  return {
    stateBytesMax: messageBytesMax - orderBytesMax,
    servicesOf: (place) => cells.servicesOf(place),
    isDraining: (place) => cells.isDraining(place),
    isUrgent: (place) => cells.isUrgent(place),
    park: (address, { mailboxDepthMax }) =>
      cells.parking.park(address, { depthMax: mailboxDepthMax, bytesMax: mailboxBytesMax }),
    unpark: (address) => {
      cells.parking.unpark(address);
      shards.own.onWork();
    },
    rehouse: (address, place, owner) => cells.rehouse(address, place, owner),
    evict: (address) => {
      const home = cells.parking.homeOf(address);
      if (home !== undefined) cells.vacate(home, address);
    },
    end: (address, place, ending) => {
      cells.tellCallers(place, address, [ending.code, ending.text]);
      endOfCell({ shards, launcher: launcher() }, place, address, ending);
    },
  };
}
