// Stream entry and its owner: what is told, and when the host stops reading.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { SocketOwner } from "../../../../services/host/sockets/socket-owner.ts";
import { SocketTable } from "../../../../services/host/sockets/socket-table.ts";
import { StreamEntry } from "../../../../services/host/sockets/stream-entry.ts";
import { limits } from "../../../../wire/limits.ts";
import { SocketEvent } from "../../../../wire/socket-protocol.ts";
import { FakeStream } from "../../../kit/fake-stream.ts";

const high = { isLow: false };
const chunk = 16 * 1024;

class Kit {
  readonly table = new SocketTable();
  /** Messages that were delivered. */
  readonly messages: (readonly unknown[])[] = [];
  isCongested = false;
  readonly owner = this.newOwner(0x0100_0101);

  newOwner(address: number): SocketOwner {
    return new SocketOwner(address as Address, limits.socketsPerServiceMax, {
      deliver: (_owner, events) => {
        if (!this.isCongested) this.messages.push(events);
        return !this.isCongested;
      },
      onEvents: () => {},
    });
  }

  add(): { entry: StreamEntry; stream: FakeStream } {
    const stream = new FakeStream();
    const shelf = { remove: (socket: never) => this.table.remove(socket), nowTick: () => 7 };
    const id = this.table.nextId();
    const entry = this.table.add(new StreamEntry(id, this.owner, stream, shelf));
    return { entry, stream };
  }

  started(): { entry: StreamEntry; stream: FakeStream } {
    const { entry, stream } = this.add();
    entry.start(this.owner);
    return { entry, stream };
  }

  /** Events that were delivered, without their bytes. */
  events(): [unknown, unknown][] {
    this.owner.flush();
    const all: [unknown, unknown][] = [];
    for (const message of this.messages) {
      for (let at = 0; at < message.length; at += 3) all.push([message[at], message[at + 2]]);
    }
    this.messages.length = 0;
    return all;
  }
}

describe("a connection", () => {
  test("is not read before it is started", () => {
    const kit = new Kit();
    const { entry, stream } = kit.add();
    expect(stream.isReading).toBe(false);

    entry.start(kit.owner);

    expect(stream.isReading).toBe(true);
    expect(kit.events()).toEqual([]);
  });

  test("tells of its close once: by the peer's end, its own, or when it is gone", () => {
    const kit = new Kit();
    const { entry, stream } = kit.started();
    entry.onEnd();
    entry.close();
    entry.onFlushed();
    expect(stream.done).toEqual(["close"]);
    stream.destroy();

    expect(kit.events()).toEqual([[SocketEvent.close, undefined]]);
    expect(kit.owner.sockets.size).toBe(0);
  });

  test("tells of an error in at most 128 bytes, also after the peer's end", () => {
    const kit = new Kit();
    const { entry } = kit.started();
    entry.onEnd();
    entry.onGone("x".repeat(500));

    expect(kit.events()).toEqual([
      [SocketEvent.close, undefined],
      [SocketEvent.error, "x".repeat(128)],
    ]);
  });

  test("changes hands: the new owner hears of it, and of an end it has missed", () => {
    const kit = new Kit();
    const { entry } = kit.started();
    entry.onEnd();
    kit.events();
    const heir = kit.newOwner(0x0100_0102);

    expect(entry.start(heir)).toBe(true);
    heir.flush();

    expect(kit.messages).toEqual([[SocketEvent.close, entry.id, undefined]]);
    expect([kit.owner.sockets.size, heir.sockets.size]).toEqual([0, 1]);
  });

  test("cannot be started when it has closed", () => {
    const kit = new Kit();
    const { entry } = kit.started();
    entry.close();

    expect(entry.start(kit.owner)).toBe(false);
  });
});

describe("a service that does not read", () => {
  test("has 128 KiB of one socket, then the host reads no more until it has read", () => {
    const kit = new Kit();
    const { entry, stream } = kit.started();
    while (stream.isReading) stream.receive(chunk);
    expect(stream.bytesRead).toBe(limits.socketReadBytesMax);

    entry.consumed(chunk);

    expect(stream.isReading).toBe(true);
    stream.receive(chunk);
    expect(stream.isReading).toBe(false);
  });

  test("gains nothing by saying that it has read more than there was", () => {
    const kit = new Kit();
    const { entry, stream } = kit.started();
    entry.consumed(1e15);
    while (stream.isReading) stream.receive(chunk);

    expect(stream.bytesRead).toBe(limits.socketReadBytesMax);
  });

  test("has 1 MiB of all its sockets on the way, then none is read until half is taken", () => {
    const kit = new Kit();
    const sockets = Array.from({ length: 40 }, () => kit.started());
    let received = 0;
    let round = 0;
    while (sockets.some(({ stream }) => stream.isReading)) {
      for (const { stream } of sockets) {
        if (!stream.isReading) continue;
        stream.receive(chunk);
        received += chunk;
      }
      kit.owner.flush();
      if (++round > 100) throw new Error("the host reads on");
    }
    // One chunk of each socket may have been on its way already.
    expect(received).toBeLessThanOrEqual(limits.socketOwnerBytesMax + sockets.length * chunk);

    kit.owner.handled(kit.messages.length);

    expect(sockets.filter(({ stream }) => stream.isReading)).toHaveLength(sockets.length);
  });

  test("keeps its events in order while the way to it is congested", () => {
    const kit = new Kit();
    const { stream } = kit.started();
    kit.isCongested = true;
    stream.receive(1);
    expect(kit.owner.flush()).toBe(false);
    stream.receive(2);
    kit.isCongested = false;

    expect(kit.events().map(([, value]) => (value as Uint8Array).length)).toEqual([1, 2]);
  });
});

describe("a peer that does not read", () => {
  test("costs at most 16 MiB: then the connection ends with an error", () => {
    const kit = new Kit();
    const { entry, stream } = kit.started();
    const block = new Uint8Array(1024 * 1024);
    for (let count = 0; count < 16; count++) entry.write(block, high);
    expect(stream.isGone).toBe(false);

    entry.write(new Uint8Array(1), high);

    expect(stream.isGone).toBe(true);
    expect(kit.events()).toEqual([
      [SocketEvent.error, "16777217 bytes wait to be sent (socketWriteBytesMax)"],
    ]);
  });

  test("costs at most 256 MiB with all others of one service", () => {
    const kit = new Kit();
    const block = new Uint8Array(limits.socketWriteBytesMax);
    const sockets = Array.from({ length: 17 }, () => kit.started());
    for (const { entry } of sockets) entry.write(block, high);

    expect(sockets.filter(({ stream }) => stream.isGone)).toHaveLength(1);
    expect(sockets.at(-1)?.stream.isGone).toBe(true);
  });
});

test("the end of a service closes its sockets, and nobody is told", () => {
  const kit = new Kit();
  const sockets = [kit.started(), kit.started()];
  kit.owner.end();

  expect(sockets.map(({ stream }) => stream.done)).toEqual([["close"], ["close"]]);
  expect(kit.events()).toEqual([]);
});
