// Abuse of sockets, on a real host: peers that come and go by the thousand, that never read, that
// send faster than a service reads; a listener that is opened anew where it was; what a replaced
// service keeps.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SocketFigures } from "../../wire/socket-protocol.ts";
import { limits } from "../../wire/limits.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const kib = 1024;
const mib = 1024 * kib;

const server = `
import { commands, start as ready } from "isonet";
import * as socket from "isonet/socket";
let listener = { id: 0, host: "", port: 0 };
const ids: number[] = [];
const warned: number[] = [];
let accepted = 0;
let closed = 0;
let mode = "drain";
const handlers: Record<string, (id: number) => unknown> = {
  /** Reads everything. */
  drain: async (id) => {
    await socket.start(id);
    socket.onClose(id, () => closed++);
    while ((await socket.read(id)) !== undefined);
    await socket.close(id);
  },
  /** Starts and never reads. */
  ignore: (id) => socket.start(id),
  /** Is never even started. */
  leave: () => {},
};
const listen = async (port: number) => {
  listener = await socket.listen("127.0.0.1", port, { backlog: 1024 });
  await socket.start(listener.id, async (id) => {
    accepted++;
    ids.push(id);
    await handlers[mode]?.(id);
  });
  return listener.port;
};
ready(() => listen(0));
commands({
  port: () => listener.port,
  mode: (name: string) => { mode = name; ids.length = 0; },
  counts: () => ({ accepted, closed }),
  ids: () => ids,
  relisten: async () => {
    const { port } = listener;
    await socket.close(listener.id);
    return listen(port);
  },
  write: (id: number, bytes: number, times: number) => {
    socket.warning(id, (_id, kib) => { warned.push(kib); });
    for (let left = times; left > 0; left--) socket.write(id, new Uint8Array(bytes));
  },
  warned: () => warned,
  readSome: async (id: number, count: number) => (await socket.read(id, count))?.length,
  disconnected: (id: number) => socket.disconnected(id),
  netstat: () => socket.netstat(),
});
`;

let kit: TestHost;
let address: Address;
let port: number;

const ask = async <T>(...values: unknown[]): Promise<T> =>
  (await kit.isonet.call(address, "lua", ...values)) as T;

beforeAll(async () => {
  kit = await startHost({ server });
  address = (await kit.isonet.newService("server")) as Address;
  port = await ask<number>("port");
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function client(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Asks until the answer is as it should be. */
async function until<T>(get: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await get();
    if (isRight(value)) return value;
    await new Promise(setImmediate);
  }
}

async function rows(): Promise<SocketFigures[]> {
  return ask<SocketFigures[]>("netstat");
}

async function rowOf(id: number): Promise<SocketFigures> {
  return (await rows()).find((row) => row.id === id) as SocketFigures;
}

/** The id that the service gave the next connection. */
async function accepted(mode: string): Promise<{ socket: Socket; id: number }> {
  await ask("mode", mode);
  const socket = await client();
  const ids = await until(
    () => ask<number[]>("ids"),
    (all) => all.length > 0,
  );
  return { socket, id: ids[0] as number };
}

describe("connections that come and go", () => {
  test("10,000 of them leave nothing behind: no socket, no memory", async () => {
    await ask("mode", "drain");
    const round = async (): Promise<void> => {
      const sockets = await Promise.all(Array.from({ length: 250 }, client));
      const ends = sockets.map((socket) => once(socket, "close"));
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 0) socket.end("bye").resume();
        else socket.resetAndDestroy();
      }
      await Promise.all(ends);
    };
    const before = await ask<{ accepted: number; closed: number }>("counts");
    for (let count = 0; count < 8; count++) await round();
    const external = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 32; count++) await round();

    const counts = await until(
      () => ask<{ accepted: number; closed: number }>("counts"),
      ({ closed }) => closed - before.closed >= 10_000,
    );
    expect(counts.accepted - before.accepted).toBe(10_000);
    expect(counts.closed - before.closed).toBe(10_000);
    // Those that ended in peace linger for at most two seconds.
    await until(rows, (left) => left.length === 1);
    expect(process.memoryUsage().arrayBuffers - external).toBeLessThan(32 * mib);
  });

  test("that are accepted and left alone stay until they are closed", async () => {
    await ask("mode", "leave");
    const sockets = await Promise.all(Array.from({ length: 20 }, client));
    await until(
      () => ask<number[]>("ids"),
      (ids) => ids.length === 20,
    );
    expect((await rows()).filter(({ type }) => type === "TCP")).toHaveLength(20);
    for (const socket of sockets) socket.destroy();
    await kit.isonet.kill(address);
    address = (await kit.isonet.newService("server")) as Address;
    port = await ask<number>("port");

    await until(rows, (left) => left.length === 1);
  });
});

describe("a service that does not read", () => {
  test("holds a fast peer back: the host takes no more than its bounds", async () => {
    const { socket, id } = await accepted("ignore");
    const chunk = Buffer.alloc(64 * kib);
    for (let count = 0; count < 512; count++) socket.write(chunk);
    // What the system's buffers have not taken stays with the peer.
    const stalled = await until(
      () => rowOf(id),
      ({ reading }) => !reading,
    );

    expect(stalled.read).toBeGreaterThanOrEqual(limits.socketReadBytesMax);
    expect(socket.writableLength).toBeGreaterThan(16 * mib);
    // A chunk that passes the bound, and one that Node had read already.
    const { read } = await rowOf(id);
    expect(read).toBeLessThanOrEqual(limits.socketReadBytesMax + 2 * 64 * kib);

    // And it goes on where it reads: nothing was lost.
    expect(await ask("readSome", id, 32 * mib)).toBe(32 * mib);
    socket.destroy();
  });
});

describe("a peer that does not read", () => {
  test("is warned of, costs its bound, and is closed beyond it", async () => {
    const { socket, id } = await accepted("ignore");
    socket.pause();
    // Past what the system's buffers take, in steps that the host can look at.
    await ask("write", id, 512 * kib, 24);
    const waiting = await until(
      () => rowOf(id),
      ({ wbuffer }) => wbuffer > 0,
    );
    expect(waiting.wbuffer).toBeLessThanOrEqual(limits.socketWriteBytesMax);
    const warned = await until(
      () => ask<number[]>("warned"),
      (seen) => seen.length >= 2,
    );
    expect(warned[0]).toBeGreaterThanOrEqual(1024);
    expect(warned[1]).toBeGreaterThanOrEqual(2048);

    await ask("write", id, 512 * kib, 48);

    await until(
      () => ask<boolean>("disconnected", id),
      (isGone) => isGone,
    );
    await until(rows, (left) => left.every((row) => row.id !== id));
    socket.destroy();
  });

  test("gets everything when it reads at last, and the service hears that all is sent", async () => {
    const { socket, id } = await accepted("ignore");
    socket.pause();
    await ask("write", id, 512 * kib, 20);
    await until(
      () => ask<number[]>("warned"),
      (seen) => seen.at(-1) !== 0,
    );
    let received = 0;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.resume();

    await until(
      () => ask<number[]>("warned"),
      (seen) => seen.at(-1) === 0,
    );
    await until(
      async () => received,
      (bytes) => bytes === 10 * mib,
    );
    expect((await rowOf(id)).wbuffer).toBe(0);
    socket.destroy();
  });
});

describe("a listener", () => {
  test("is opened anew in place, while its connections go on", async () => {
    const { socket, id } = await accepted("ignore");

    expect(await ask("relisten")).toBe(port);
    const other = await client();
    socket.write("still here");
    expect(await ask("readSome", id, 10)).toBe(10);
    other.destroy();
    socket.destroy();
  });
});
