// Clients of a gate: who is let in, and how many.

import { describe, expect, test } from "vitest";
import { Clients } from "../../../library/gateserver/clients.ts";

function clientsOf(maxclient: number): Clients {
  const clients = new Clients();
  clients.setMax(maxclient);
  return clients;
}

describe("clients of a gate", () => {
  test("are one less than maxclient: the count is raised before it is looked at", () => {
    const clients = clientsOf(3);

    expect([1, 2, 3, 4].map((fd) => clients.accept(fd))).toEqual([true, true, false, false]);
  });

  test("are let in again only when those who were refused have ended, too", () => {
    const clients = clientsOf(3);
    for (const fd of [1, 2, 3]) clients.accept(fd);

    clients.end(1);
    expect(clients.accept(4)).toBe(false);
    clients.end(3);
    clients.end(4);
    expect(clients.accept(5)).toBe(true);
  });

  test("are read while they are connected, and can be closed after their own end", () => {
    const clients = clientsOf(10);
    clients.accept(1);
    const before = clients.isConnected(1);

    clients.end(1);

    expect([before, clients.isConnected(1), clients.close(1), clients.close(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("that were closed here count until they have ended", () => {
    const clients = clientsOf(10);
    clients.accept(1);

    clients.close(1);

    expect([clients.count, clients.isConnected(1)]).toEqual([1, false]);
    clients.end(1);
    expect(clients.count).toBe(0);
  });
});
