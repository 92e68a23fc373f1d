// Socket orders: who may act on which socket, what of a stranger's message counts, and what
// happens when one is missing.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { ForwardRoute } from "../../../../services/host/sockets/forward-route.ts";
import { SocketOrders } from "../../../../services/host/sockets/socket-orders.ts";
import { SocketOwner } from "../../../../services/host/sockets/socket-owner.ts";
import { SocketTable } from "../../../../services/host/sockets/socket-table.ts";
import { StreamEntry } from "../../../../services/host/sockets/stream-entry.ts";
import { SocketEvent, SocketOrder } from "../../../../wire/socket-protocol.ts";
import { FakeStream } from "../../../kit/fake-stream.ts";

const trusted = 0x0100_0101 as Address;
const ann = 0x0100_0201 as Address;
const bob = 0x0100_0202 as Address;

class Kit {
  readonly table = new SocketTable();
  readonly told: unknown[] = [];
  readonly refused: Address[] = [];
  readonly owners = new Map<Address, SocketOwner>();
  readonly orders = new SocketOrders({
    table: this.table,
    rights: {
      isTrusted: (source) => source === trusted,
      checkNet: () => {},
      noteRefusal: (source) => this.refused.push(source),
    },
    ownerOf: (address) => this.owner(address),
    routeTo: (address) => this.routeTo(address),
  });
  readonly #sequences = new Map<Address, number>();
  readonly forwarded: unknown[] = [];

  /** A route that keeps what it is sent; bob has ended. */
  routeTo(address: Address): ForwardRoute | undefined {
    if (address === bob) return undefined;
    return new ForwardRoute(address, {
      deliver: (to, { source, session, body }) =>
        this.forwarded.push([to, source, session, [...body]]) > 0,
      reached: () => Promise.resolve(),
      onWaiting: (route) => queueMicrotask(() => route.flush()),
      framesMax: 100,
    });
  }

  owner(address: Address): SocketOwner {
    const known = this.owners.get(address);
    if (known !== undefined) return known;
    const owner = new SocketOwner(address, 100, {
      deliver: (_to, events) => {
        this.told.push(events);
        return true;
      },
      onEvents: () => {},
    });
    this.owners.set(address, owner);
    return owner;
  }

  socketOf(address: Address): { id: number; stream: FakeStream } {
    const stream = new FakeStream();
    const shelf = { remove: (socket: never) => this.table.remove(socket), nowTick: () => 0 };
    const id = this.table.nextId();
    this.table.add(new StreamEntry(id, this.owner(address), stream, shelf));
    return { id, stream };
  }

  order(source: Address, ...values: unknown[]): void {
    const sequence = this.#sequences.get(source) ?? 0;
    this.#sequences.set(source, sequence + 1);
    this.orders.take(source, [sequence, ...values]);
  }

  /** An order that never arrives. */
  lose(source: Address): void {
    this.#sequences.set(source, (this.#sequences.get(source) ?? 0) + 1);
  }

  /** What the owner has been told. */
  tells(address: Address): unknown[] {
    this.told.length = 0;
    this.owner(address).flush();
    return this.told.flat();
  }
}

const block = new Uint8Array(3);

describe("an untrusted service", () => {
  test("acts on its own sockets, and on no other's", () => {
    const kit = new Kit();
    const own = kit.socketOf(ann);
    const other = kit.socketOf(bob);
    kit.order(ann, SocketOrder.write, own.id, block);
    kit.order(ann, SocketOrder.write, other.id, block);
    kit.order(ann, SocketOrder.shutdown, other.id);

    expect([own.stream.waitingBytes, other.stream.waitingBytes]).toEqual([3, 0]);
    expect(other.stream.isGone).toBe(false);
    expect(kit.refused).toEqual([ann, ann]);
  });

  test("has a socket that was abandoned to it, and only that one", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(trusted);
    kit.order(trusted, SocketOrder.abandon, id, ann);
    kit.order(bob, SocketOrder.write, id, block);
    kit.order(ann, SocketOrder.write, id, block);

    expect(stream.waitingBytes).toBe(3);
    expect(kit.refused).toEqual([bob]);
  });
});

describe("a trusted service", () => {
  test("writes to every socket", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(ann);
    kit.order(trusted, SocketOrder.write, id, block);

    expect(stream.waitingBytes).toBe(3);
  });
});

describe("an order", () => {
  test.each([
    [[]],
    [["write", 1]],
    [[0, 99, 1]],
    [[0, SocketOrder.write, "1", new Uint8Array(1)]],
    [[0, SocketOrder.write, 1, "text"]],
    [[0, SocketOrder.consumed, 1, -5]],
    [[0, SocketOrder.consumed, 1, Number.NaN]],
    [[0, SocketOrder.handled, 0, 1e300]],
    [[0, SocketOrder.sendTo, 1, new Uint8Array(1), new Uint8Array(3)]],
  ])("that is not of the form is dropped: %j", (values) => {
    const kit = new Kit();
    const { stream } = kit.socketOf(ann);

    kit.orders.take(ann, values);

    expect([stream.waitingBytes, stream.done]).toEqual([0, []]);
  });
});

test("a connection that has gone before its opener could start it is told of", () => {
  const kit = new Kit();
  const { id, stream } = kit.socketOf(ann);
  kit.order(ann, SocketOrder.start, id);
  expect(stream.isReading).toBe(true);
  stream.destroy();
  kit.tells(ann);
  kit.order(ann, SocketOrder.start, id);

  expect(kit.tells(ann)).toEqual([SocketEvent.error, id, "socket closed"]);
});

describe("an order that was lost on its way", () => {
  test("ends the sockets that it may have been for: no stream has a hole", () => {
    const kit = new Kit();
    const own = kit.socketOf(trusted);
    const borrowed = kit.socketOf(ann);
    const other = kit.socketOf(bob);
    kit.order(trusted, SocketOrder.write, borrowed.id, block);
    kit.lose(trusted);
    kit.order(trusted, SocketOrder.write, own.id, block);

    expect(own.stream.isGone).toBe(true);
    expect(borrowed.stream.isGone).toBe(true);
    expect(other.stream.isGone).toBe(false);
    expect(kit.tells(trusted)).toEqual([
      SocketEvent.error,
      own.id,
      "bytes were lost: its service sends too many messages",
    ]);
  });

  test("is not missed by an isolate that starts to count anew", () => {
    const kit = new Kit();
    const { stream } = kit.socketOf(ann);
    for (let count = 0; count < 5; count++) kit.order(ann, SocketOrder.handled, 0, 1);
    kit.orders.take(ann, [0, SocketOrder.handled, 0, 0x7fff_ffff]);

    expect(stream.isGone).toBe(false);
  });

  test("is not missed where the count wraps", () => {
    const kit = new Kit();
    const { stream } = kit.socketOf(ann);
    kit.orders.take(ann, [0, SocketOrder.handled, 0, 1]);
    for (let sequence = 1; sequence < 0x1_0000; sequence++) {
      kit.orders.take(ann, [sequence, SocketOrder.handled, 0, 1]);
    }
    kit.orders.take(ann, [0, SocketOrder.handled, 0, 1]);
    kit.orders.take(ann, [1, SocketOrder.handled, 0, 1]);

    expect(stream.isGone).toBe(false);
  });
});

describe("a gate", () => {
  test("that is trusted forwards frames to an agent, in its own name or another's", async () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(trusted);
    kit.order(trusted, SocketOrder.start, id);

    kit.order(trusted, SocketOrder.forward, id, [ann]);
    stream.receive(2);
    await Promise.resolve();
    kit.order(trusted, SocketOrder.forward, id, [ann, bob]);
    stream.receive(1);
    await Promise.resolve();

    expect(kit.forwarded).toEqual([
      [ann, trusted, id, [0, 0]],
      [ann, bob, id, [0]],
    ]);
  });

  test("gets the frames itself again when it forwards them no more", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(trusted);
    kit.order(trusted, SocketOrder.start, id);
    kit.order(trusted, SocketOrder.forward, id, [ann]);
    kit.order(trusted, SocketOrder.forward, id);
    kit.tells(trusted);

    stream.receive(1);

    expect(kit.tells(trusted)).toEqual([SocketEvent.data, id, new Uint8Array(1)]);
    expect(kit.forwarded).toEqual([]);
  });

  test("that is not trusted forwards nothing: messages would leave in other names", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(ann);
    kit.order(ann, SocketOrder.start, id);
    kit.tells(ann);

    kit.order(ann, SocketOrder.forward, id, [trusted, bob]);
    stream.receive(1);

    expect(kit.refused).toEqual([ann]);
    expect(kit.tells(ann)).toEqual([SocketEvent.data, id, new Uint8Array(1)]);
  });

  test("is told when the agent has ended, and its client is ended", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(trusted);

    kit.order(trusted, SocketOrder.forward, id, [bob]);

    expect(stream.isGone).toBe(true);
    expect(kit.tells(trusted)).toEqual([SocketEvent.error, id, "its agent has ended"]);
  });

  test("writes frames that the stream has framed", () => {
    const kit = new Kit();
    const { id, stream } = kit.socketOf(trusted);

    kit.order(trusted, SocketOrder.writeFrame, id, block);

    expect(stream.waitingBytes).toBe(block.length + 2);
  });
});
