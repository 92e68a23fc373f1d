// Abuse of a service's sockets over the network: what the host's process grows by is measured from
// outside, and printed.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { testIdentity } from "../../kit/certificate.ts";
import { attacker, attackers, ended, leave, until } from "./attackers.ts";
import { Victim } from "./victim.ts";
import { tell } from "./costs.ts";

const kib = 1024;
const keptMibMax = 18; // two spare buffers of 8 MiB that a thread keeps, and noise

let victim: Victim;

type Counts = { accepted: number; closed: number; lines: number; limited: number };

/** A service on a port of its own. */
async function open(mode: string, options: object = {}, launch: object = {}) {
  const address = await victim.launch({ name: "front", ...launch });
  const port = await victim.call<number>(address, "open", mode, 0, options);
  const counts = (): Promise<Counts> => victim.call<Counts>(address, "counts");
  return { address, port, counts };
}

/** A client that keeps to the rules: its line comes back. */
async function isServed(port: number): Promise<boolean> {
  const client = await attacker(port);
  client.write("hello\n");
  const [answer] = (await once(client, "data")) as [Buffer];
  client.destroy();
  return answer.toString() === "hello\n";
}

beforeAll(async () => {
  victim = await Victim.start();
});

afterEach(() => victim.killAll());

afterAll(() => victim.stop());

describe("connections", () => {
  test("10,000 that come and go leave no memory and no socket behind", async () => {
    const { address, port, counts } = await open("echo");
    const round = async (count: number): Promise<void> => {
      const sockets = await attackers(port, count);
      for (const [index, socket] of sockets.entries()) {
        socket.write(index % 2 === 0 ? "a line\n" : "no li");
        leave(socket, index);
      }
      await Promise.all(sockets.map(ended));
    };
    for (let rounds = 0; rounds < 10; rounds++) await round(250);
    await until(counts, ({ closed }) => closed >= 2500);
    const before = await victim.figures(address);
    for (let rounds = 0; rounds < 40; rounds++) await round(250);
    await until(counts, ({ accepted, closed }) => accepted === 12_500 && closed === 12_500);
    const after = await until(
      () => victim.figures(address),
      ({ sockets }) => sockets["TCP"] === undefined && sockets["CLOSING"] === undefined,
    );

    tell("10,000 connections", before, after);
    expect(after.sockets).toEqual({ LISTEN: 1 });
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.heapMib - before.heapMib).toBeLessThanOrEqual(4);
    expect(after.externalMib - before.externalMib).toBeLessThanOrEqual(keptMibMax);
    // V8's space for young objects grows to its full size with the first 30,000, and no further.
    expect(after.rssMib - before.rssMib).toBeLessThan(128);
    expect((after.heapsKib[0] ?? 0) - (before.heapsKib[0] ?? 0)).toBeLessThan(512);
  });

  test("1,000 that send half a line and stay hold up nobody, and end with their service", async () => {
    const { address, port } = await open("echo", {}, { memoryMb: 32 });
    const before = await victim.figures(address);
    const slow = await attackers(port, 1000);
    for (const socket of slow) socket.write("half a li");

    expect(await isServed(port)).toBe(true);
    tell("1,000 half lines", before, await victim.figures(address));
    for (const socket of slow.slice(0, 500)) socket.end(); // half-open from here on
    await Promise.all(slow.slice(0, 500).map(ended));
    await victim.kill(address);
    await Promise.all(slow.map(ended));
    const after = await until(
      () => victim.figures(),
      ({ sockets }) => Object.keys(sockets).length === 0,
    );
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  });

  test("ends those whose lines do not end, at their own limit and at the library's", async () => {
    const limited = await open("echo");
    const unlimited = await open("readLine");
    const before = await victim.figures(limited.address, unlimited.address);
    const short = await attackers(limited.port, 50);
    const long = await attackers(unlimited.port, 20);
    const block = Buffer.alloc(256 * kib, "x");
    for (const socket of short) socket.write(block.subarray(0, 20_000));
    for (const socket of long) for (let count = 0; count < 16; count++) socket.write(block);
    await Promise.all([...short, ...long].map(ended));

    expect((await limited.counts()).limited).toBe(50);
    expect((await unlimited.counts()).limited).toBe(20);
    const after = await victim.figures(limited.address, unlimited.address);
    tell("70 lines without end", before, after);
    expect(after.externalMib - before.externalMib).toBeLessThanOrEqual(keptMibMax);
  });
});

describe("memory", () => {
  test("is bounded where 100 clients send without end to a service that reads nothing", async () => {
    const { address, port } = await open("deaf");
    const before = await victim.figures(address);
    const rude = await attackers(port, 100);
    const block = Buffer.alloc(256 * kib, "x");
    for (const socket of rude) for (let count = 0; count < 64; count++) socket.write(block);
    const read = async (): Promise<number> => {
      const rows = await victim.call<{ read: number; reading: boolean }[]>(address, "netstat");
      return rows.filter(({ reading }) => reading).length;
    };
    await until(read, (reading) => reading === 1); // the listener
    const after = await victim.figures(address);

    tell("100 × 16 MiB to a service that does not read", before, after);
    // For each, 128 KiB in the isolate and the chunks that were being read.
    expect(after.externalMib - before.externalMib).toBeLessThan(100 * 0.25 + keptMibMax);
    for (const socket of rude) socket.destroy();
  });

  test("is bounded where a service writes without end to 20 clients that read nothing", async () => {
    const { address, port, counts } = await open("pour");
    const before = await victim.figures(address);
    const silent = await attackers(port, 20);
    for (const socket of silent) socket.pause();
    let peak = before;
    await until(
      async () => {
        const now = { ...before, ...(await victim.memory()) };
        if (now.externalMib > peak.externalMib) peak = now;
        return (await counts()).closed;
      },
      (closed) => closed === 20,
    );

    tell("20 clients that read nothing, at the peak", before, peak);
    // 256 MiB for all sockets of one service (socketServiceWriteBytesMax); beside them what is on
    // its way (linkBytesMax, mailboxBytesMax), and blocks that no collection has come to yet.
    expect(peak.externalMib - before.externalMib).toBeLessThan(256 + 64 + 32 + 64);
    for (const socket of silent) socket.destroy();
    await victim.kill(address);
    const after = await until(
      () => victim.figures(),
      ({ externalMib }) => externalMib - before.externalMib < 8,
    );
    expect(after.sockets).toEqual({});
  });
});

describe("a listener", () => {
  test("is closed and opened again 20 times under load, and serves at the end", async () => {
    const { address, port } = await open("echo");
    const load = new AbortController();
    const loaded = (async () => {
      while (!load.signal.aborted) {
        const sockets = await attackers(port, 20);
        for (const socket of sockets) socket.end("a line\n");
        await Promise.all(sockets.map(ended));
      }
    })();
    for (let times = 0; times < 20; times++) {
      expect(await victim.call(address, "reopen")).toBe(port);
    }
    load.abort();
    await loaded;

    expect(await isServed(port)).toBe(true);
  });
});

describe("a TLS port", () => {
  test("ends garbage and broken handshakes, and serves those who speak TLS", async () => {
    const { address, port, counts } = await open("echo", { tls: testIdentity });
    const before = await victim.figures(address);
    const hello = Buffer.from(`16030102000100001fc0303${"a".repeat(60)}`, "hex");
    const all = await attackers(port, 400);
    for (const [index, socket] of all.entries()) {
      const isGarbage = index % 4 === 3;
      socket.write(isGarbage ? Buffer.alloc(600, 0xff) : hello.subarray(0, index % hello.length));
      if (!isGarbage) leave(socket, index % 4);
    }
    await Promise.all(all.map(ended));
    const secured = connectTls({ port, host: "localhost", ca: testIdentity.cert });
    secured.write("hello\n");
    const [answer] = (await once(secured, "data")) as [Buffer];
    secured.destroy();

    expect(answer.toString()).toBe("hello\n");
    expect((await counts()).accepted).toBe(1);
    const after = await victim.figures(address);
    tell("400 broken handshakes", before, after);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.heapMib - before.heapMib).toBeLessThanOrEqual(4);
    expect(victim.log.match(/accept error/g)?.length ?? 0).toBeLessThan(10);
  });
});

describe("a UDP port", () => {
  test("drops what its service does not keep up with, and costs no memory", async () => {
    const address = await victim.launch("front");
    const id = await victim.call<number>(address, "udp", "127.0.0.1");
    const rows = await victim.call<{ id: number; sock: string }[]>(address, "netstat");
    const [, port] = rows.find((row) => row.id === id)?.sock.split(":") ?? [];
    const before = await victim.figures(address);
    await victim.call(address, "stall", 50, 20);
    const sender = createSocket("udp4");
    const datagram = Buffer.alloc(1200, "x");
    for (let round = 0; round < 100; round++) {
      for (let count = 0; count < 300; count++) sender.send(datagram, Number(port), "127.0.0.1");
      await new Promise(setImmediate);
    }
    sender.close();
    const after = await victim.figures(address);

    tell("30,000 datagrams to a slow service", before, after);
    expect(after.externalMib - before.externalMib).toBeLessThan(8);
    expect(after.rssMib - before.rssMib).toBeLessThan(32);
    expect(await victim.call(address, "ping")).toBe("pong");
  });
});

describe("ids", () => {
  test("of sockets that are none, or are closed, do nothing by the thousand", async () => {
    const { address, port } = await open("echo");
    const other = await open("echo");
    const before = await victim.figures(address);
    for (let at = 0; at < 20_000; at += 500) {
      await victim.call(address, "stale", 1_000_000 + at, 1_000_000 + at + 500);
    }

    const after = await victim.figures(address);
    tell("100,000 orders for no socket", before, after);
    expect(await isServed(port)).toBe(true);
    expect(await isServed(other.port)).toBe(true);
    expect((after.heapsKib[0] ?? 0) - (before.heapsKib[0] ?? 0)).toBeLessThan(1024);
  });
});
