// Socket table: ids, and how many there may be.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { ListenerEntry } from "../../../../services/host/sockets/listener-entry.ts";
import { SocketOwner } from "../../../../services/host/sockets/socket-owner.ts";
import { SocketTable } from "../../../../services/host/sockets/socket-table.ts";
import { limits } from "../../../../wire/limits.ts";

function kit(socketsMax: number) {
  const table = new SocketTable();
  const parts = { deliver: () => true, onEvents: () => {} };
  const owner = new SocketOwner(0x0100_0101 as Address, socketsMax, parts);
  const shelf = { remove: (socket: never) => table.remove(socket), nowTick: () => 0 };
  const add = () => table.add(new ListenerEntry(table.nextId(), owner, table, shelf));
  return { table, owner, add };
}

describe("the table of sockets", () => {
  test("gives each an id that no other had", () => {
    const { table, add } = kit(10);
    const first = add();
    table.remove(first);

    expect([first.id, add().id, add().id]).toEqual([1, 2, 3]);
    expect(table.get(1)).toBeUndefined();
  });

  test("refuses one more than a service may have, those that are being opened counted", () => {
    const { table, owner, add } = kit(limits.untrustedSocketsMax);
    for (let count = 1; count < limits.untrustedSocketsMax; count++) add();
    table.checkRoom(owner);
    const leave = owner.expect();

    expect(() => table.checkRoom(owner)).toThrow(
      expect.objectContaining({
        code: "SOCKETS_FULL",
        message: "the service has 256 sockets (untrustedSocketsMax)",
      }),
    );
    leave();
    table.checkRoom(owner);
  });
});
