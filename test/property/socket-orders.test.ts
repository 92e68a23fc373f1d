// The socket service against messages of a stranger: whatever they hold, nothing throws, and no
// socket of another's is touched.

import type { Address } from "isonet";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readBindOptions,
  readDialOptions,
  readHost,
  readTarget,
} from "../../services/host/sockets/socket-arguments.ts";
import { SocketOrders } from "../../services/host/sockets/socket-orders.ts";
import { SocketOwner } from "../../services/host/sockets/socket-owner.ts";
import { SocketTable } from "../../services/host/sockets/socket-table.ts";
import { StreamEntry } from "../../services/host/sockets/stream-entry.ts";
import { limits } from "../../wire/limits.ts";
import { FakeStream } from "../kit/fake-stream.ts";

const stranger = 0x0100_0201 as Address;
const victim = 0x0100_0202 as Address;

function kit() {
  const table = new SocketTable();
  const owners = new Map<Address, SocketOwner>();
  const ownerOf = (address: Address): SocketOwner => {
    const owner =
      owners.get(address) ??
      new SocketOwner(address, 100, { deliver: () => true, onEvents: () => {} });
    owners.set(address, owner);
    return owner;
  };
  const shelf = { remove: (socket: never) => table.remove(socket), nowTick: () => 0 };
  const add = (address: Address): FakeStream => {
    const stream = new FakeStream();
    table.add(new StreamEntry(table.nextId(), ownerOf(address), stream, shelf));
    return stream;
  };
  const rights = { isTrusted: () => false, checkNet: () => {}, noteRefusal: () => {} };
  const orders = new SocketOrders({ table, rights, ownerOf, routeTo: () => undefined });
  return { own: add(stranger), other: add(victim), table, orders };
}

const bytes = fc.uint8Array({ maxLength: 40 });
const plausible = fc.tuple(
  fc.nat({ max: 0xffff }),
  fc.nat({ max: 16 }),
  fc.oneof(fc.constantFrom(1, 2, 3), fc.integer()),
  fc.oneof(bytes, fc.integer(), fc.boolean(), fc.array(fc.integer()), fc.anything()),
  fc.oneof(bytes, fc.anything()),
);

describe("orders of a stranger", () => {
  test("never throw, and never reach another's socket", () => {
    const message = fc.oneof(plausible, fc.array(fc.anything(), { maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const { other, table, orders } = kit();

        for (const values of messages) orders.take(stranger, values);

        expect([other.waitingBytes, other.done, other.isReading]).toEqual([0, [], false]);
        expect(table.get(2)?.owner.address).toBe(victim);
        expect(table.get(2)?.heir).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});

/** The code of what is thrown; undefined when nothing is. */
function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return undefined;
}

describe("arguments of a stranger", () => {
  const readers: [string, (given: unknown) => unknown][] = [
    ["dial options", readDialOptions],
    ["bind options", readBindOptions],
    ["a host", readHost],
    ["a target", (given) => readTarget("a", given)],
  ];

  test.each(readers)("are %s, or ARGUMENT_INVALID", (_what, read) => {
    const options = fc.record(
      {
        timeoutMs: fc.anything(),
        backlog: fc.anything(),
        tls: fc.oneof(
          fc.anything(),
          fc.record({ cert: fc.anything(), key: fc.anything(), ca: fc.anything() }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withBigInt: true, withMap: true }), options), (given) => {
        expect([undefined, "ARGUMENT_INVALID"]).toContain(codeOf(() => read(given)));
      }),
    );
  });

  test("give nothing beyond their bounds", () => {
    expect(() => readDialOptions({ timeoutMs: limits.connectMsMax + 1 })).toThrow(/60000/);
    expect(() => readBindOptions({ backlog: limits.socketBacklogMax + 1 })).toThrow(/4096/);
    expect(() => readHost("a\0b")).toThrow(/1 to 1024 bytes/);
    expect(readTarget("unix:/x", 0)).toEqual(["unix:/x", 0]);
    expect(() => readTarget("a", 0)).toThrow(/from 1 to 65535/);
  });
});
