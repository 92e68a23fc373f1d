// Sockets: the socket service with a fake machine: ends of services, sockets that nobody starts,
// and ways that are congested.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import type { NetPowers } from "../../../../services/host/sockets/net-powers.ts";
import { Sockets } from "../../../../services/host/sockets/sockets.ts";
import { CodedError } from "../../../../wire/coded-error.ts";
import { limits } from "../../../../wire/limits.ts";
import { SocketEvent, SocketOrder } from "../../../../wire/socket-protocol.ts";
import { FakeNetClock } from "../../../kit/fake-net-clock.ts";
import { FakeStream } from "../../../kit/fake-stream.ts";

const self = 0x0100_0008 as Address;
const ann = 0x0100_0101 as Address;
const bob = 0x0100_0102 as Address;

type Commands = Record<string, (...args: unknown[]) => unknown>;
type Orders = (session: number, source: Address, ...values: unknown[]) => void;

class Kit {
  readonly clock = new FakeNetClock();
  readonly alive = new Set<Address>([ann, bob]);
  readonly delivered: unknown[][] = [];
  readonly streams: FakeStream[] = [];
  isCongested = false;
  wakes = 0;
  /** The service's own words are lost: its mailbox is full. */
  isMailboxFull = false;
  /** Dials wait for this. */
  gate: Promise<void> = Promise.resolve();
  readonly sockets: Sockets;
  #source: Address = ann;
  readonly #sequences = new Map<Address, number>();
  #commands: Commands = {};
  #orders: Orders = () => {};

  constructor() {
    const isonet = {
      now: () => 1,
      self: () => self,
      context: () => ({ source: this.#source, session: 1 }),
      registerProtocol: ({ dispatch }: { dispatch: Orders }) => {
        this.#orders = dispatch;
      },
      commands: (table: Commands) => {
        this.#commands = table;
      },
      send: (_to: unknown, _protocol: unknown, name: string, ...args: unknown[]) => {
        if (!this.isMailboxFull) void this.ask(self, name, ...args);
      },
    };
    this.sockets = new Sockets(isonet as never, {
      net: this.#net(),
      rights: { isTrusted: (source) => source !== bob, checkNet: () => {}, noteRefusal: () => {} },
      isAlive: (address) => this.alive.has(address),
      deliver: (_owner, events) => {
        if (!this.isCongested) this.delivered.push([...events]);
        return !this.isCongested;
      },
      deliverFrame: () => true,
      mailboxMaxOf: () => 100,
      wake: () => this.wakes++,
    });
  }

  #net(): NetPowers {
    const refuse = (): never => {
      throw new CodedError("LISTEN_FAILED", "not here");
    };
    return {
      clock: this.clock,
      dial: async () => {
        await this.gate;
        const stream = new FakeStream();
        this.streams.push(stream);
        return stream;
      },
      listen: async () => refuse(),
      datagrams: async () => refuse(),
      resolve: async () => ["10.0.0.1"],
    };
  }

  async ask(source: Address, name: string, ...args: unknown[]): Promise<unknown> {
    this.#source = source;
    return this.#commands[name]?.(...args);
  }

  order(source: Address, ...values: unknown[]): void {
    const sequence = this.#sequences.get(source) ?? 0;
    this.#sequences.set(source, sequence + 1);
    this.#orders(0, source, sequence, ...values);
  }

  async opened(source: Address): Promise<{ id: number; stream: FakeStream }> {
    const id = (await this.ask(source, "open", "10.0.0.1", 80, {})) as number;
    this.order(source, SocketOrder.start, id);
    return { id, stream: this.streams.at(-1) as FakeStream };
  }
}

describe("a connection that was opened", () => {
  test("and that nobody starts is closed after its time", async () => {
    const kit = new Kit();
    await kit.ask(ann, "open", "10.0.0.1", 80, {});
    kit.clock.advance(limits.socketStartMs - 1);
    expect(kit.streams[0]?.isGone).toBe(false);
    kit.clock.advance(1);

    expect(kit.streams[0]?.isGone).toBe(true);
    expect(kit.sockets.netstat()).toEqual([]);
  });

  test("and started stays, and costs no timer", async () => {
    const kit = new Kit();
    const { stream } = await kit.opened(ann);
    expect(kit.clock.pending).toBe(0);
    kit.clock.advance(limits.socketStartMs * 2);

    expect(stream.isGone).toBe(false);
  });

  test("is let go when its service has ended meanwhile", async () => {
    const kit = new Kit();
    await kit.opened(ann);
    const gate = Promise.withResolvers<void>();
    kit.gate = gate.promise;
    const opening = kit.ask(ann, "open", "10.0.0.1", 80, {});
    kit.alive.delete(ann);
    kit.sockets.ended(ann);
    gate.resolve();

    await expect(opening).rejects.toMatchObject({ code: "ADDRESS_DEAD" });
    expect(kit.streams.at(-1)?.isGone).toBe(true);
  });

  test("is refused to a service that has ended", async () => {
    const kit = new Kit();
    kit.alive.delete(ann);

    await expect(kit.ask(ann, "open", "10.0.0.1", 80, {})).rejects.toMatchObject({
      code: "ADDRESS_DEAD",
    });
    expect(kit.streams).toEqual([]);
  });
});

describe("the end of a service", () => {
  test("closes its sockets, also when the news is lost on its way", async () => {
    const kit = new Kit();
    const { stream } = await kit.opened(ann);
    kit.isMailboxFull = true;
    kit.sockets.ended(ann);
    expect(stream.done).toEqual([]);
    kit.clock.advance(2000);

    expect(stream.done).toEqual(["close"]);
  });

  test("is nobody's word but the service's own", async () => {
    const kit = new Kit();
    const { stream } = await kit.opened(ann);
    await kit.ask(bob, "ended", ann);

    expect(stream.done).toEqual([]);
  });
});

describe("events", () => {
  test("for a service whose way is congested wait, are tried again, and keep their order", async () => {
    const kit = new Kit();
    const { id, stream } = await kit.opened(ann);
    kit.isCongested = true;
    stream.receive(1);
    expect(kit.wakes).toBe(1);
    kit.sockets.flush();
    stream.receive(2);
    kit.clock.advance(5);
    expect(kit.wakes).toBe(2);
    kit.isCongested = false;
    kit.sockets.flush();

    expect(kit.delivered).toEqual([
      [SocketEvent.data, id, new Uint8Array(1), SocketEvent.data, id, new Uint8Array(2)],
    ]);
    expect(kit.clock.pending).toBe(0);
  });

  test("of others are brought while one is congested", async () => {
    const kit = new Kit();
    const one = await kit.opened(ann);
    const other = await kit.opened(bob);
    kit.isCongested = true;
    one.stream.receive(1);
    kit.sockets.flush();
    const { wakes } = kit;
    other.stream.receive(2);

    expect(kit.wakes).toBe(wakes + 1);
  });
});

describe("the sockets of the host", () => {
  test("are shown to the trusted; to others their own", async () => {
    const kit = new Kit();
    await kit.opened(ann);
    const { id } = await kit.opened(bob);

    expect(await kit.ask(ann, "netstat")).toHaveLength(2);
    expect(await kit.ask(bob, "netstat")).toMatchObject([{ id, address: bob }]);
  });

  test("are ended with it", async () => {
    const kit = new Kit();
    const { stream } = await kit.opened(ann);
    kit.sockets.stop();

    expect(stream.isGone).toBe(true);
    expect(kit.sockets.netstat()).toEqual([]);
  });
});
