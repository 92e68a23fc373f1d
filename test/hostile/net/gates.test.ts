// Abuse of gates over TCP and WebSocket: floods of tiny frames, lengths that lie, handshakes that
// stop anywhere, peers that ask for answers and never read them.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { prefixFrame } from "../../../src/net/prefixed-frames.ts";
import { attacker, attackers, ended, leave, until } from "./attackers.ts";
import { tell } from "./costs.ts";
import { Victim } from "./victim.ts";

type Counts = {
  connects: number;
  frames: number;
  bytes: number;
  disconnects: number;
  errors: number;
};

const kib = 1024;

let victim: Victim;

async function open(conf: object = {}) {
  const address = await victim.launch("frames");
  const given = { address: "127.0.0.1", port: 0, maxclient: 5000, backlog: 1024, ...conf };
  const port = await victim.call<number>(address, "open", given);
  const counts = (): Promise<Counts> => victim.call<Counts>(address, "counts");
  return { address, port, counts };
}

/** Only its listener is left. */
const settled = () =>
  until(
    () => victim.figures(),
    ({ sockets }) => sockets["TCP"] === undefined && sockets["CLOSING"] === undefined,
  );

/** Writes until nothing more is taken for a while. */
async function flood(socket: Socket, block: Uint8Array, blocks: number): Promise<void> {
  for (let left = blocks; left > 0 && !socket.destroyed; left--) {
    if (!socket.write(block)) {
      const stop = AbortSignal.timeout(500);
      await once(socket, "drain", { signal: stop }).catch(() => {});
      if (stop.aborted) return;
    }
  }
}

beforeAll(async () => {
  victim = await Victim.start({ turnMsMax: 2000 });
});

afterEach(() => victim.killAll());

afterAll(() => victim.stop());

describe("a gate", () => {
  test("takes a million empty frames, and its memory is that of a few", async () => {
    const { address, port, counts } = await open();
    const before = await victim.figures(address);
    const socket = await attacker(port);
    const empty = Buffer.alloc(64 * kib);
    const frames = (32 * empty.length) / 2;
    let peak = before;
    const flooded = flood(socket, empty, 32);
    await until(
      async () => {
        const now = { ...before, ...(await victim.memory()) };
        if (now.rssMib > peak.rssMib) peak = now;
        return (await counts()).frames;
      },
      (count) => count === frames,
    );
    await flooded;
    socket.destroy();

    tell("1,048,576 empty frames, at the peak", before, peak);
    expect(peak.externalMib - before.externalMib).toBeLessThan(32);
    const after = await settled();
    expect(after.heapMib - before.heapMib).toBeLessThanOrEqual(6);
  });

  test("ends those who announce too much, and keeps nothing of lengths that lie", async () => {
    const { address, port, counts } = await open({ lengthBytes: 4, frameBytesMax: 1 << 20 });
    const before = await victim.figures(address);
    const garbage = await attackers(port, 100);
    for (const socket of garbage) socket.write(Buffer.concat([Buffer.of(1), randomBytes(999)]));
    await Promise.all(garbage.map(ended));
    expect((await counts()).errors).toBe(100);
    const liars = await attackers(port, 500);
    for (const socket of liars) socket.write(Buffer.of(0, 15, 255, 255, 1, 2, 3));
    await until(counts, ({ connects }) => connects === 600);
    const during = await victim.figures(address);

    tell("500 × a megabyte that is announced and does not come", before, during);
    expect(during.externalMib - before.externalMib).toBeLessThan(16);
    for (const [index, socket] of liars.entries()) leave(socket, index);
    await until(counts, ({ disconnects }) => disconnects === 600);
    await settled();
  });

  test("holds a flood back while the agent does nothing, and ends with it", async () => {
    const watchdog = await victim.launch("watchdog", "player");
    const conf = { address: "127.0.0.1", port: 0, maxclient: 100 };
    const [, port] = await victim.call<[string, number]>(watchdog, "start", conf);
    await victim.launch("hall");
    const socket = await attacker(port);
    socket.write(prefixFrame(Buffer.from("join 1")));
    await once(socket, "data");
    const before = await victim.figures();
    socket.write(prefixFrame(Buffer.from("spin")));
    await flood(socket, prefixFrame(Buffer.alloc(60_000)), 1000);
    const during = await victim.memory();

    tell("a flood to an agent in a loop", before, { ...before, ...during });
    // forwardBytesMax, twice: a chunk more, and the copies on their way.
    expect(during.externalMib - before.externalMib).toBeLessThan(32);
    socket.destroy();
    await settled();
  });
});

describe("a gate for WebSockets", () => {
  const upgrade = (path = "/"): string =>
    [
      `GET ${path} HTTP/1.1`,
      "host: localhost",
      "upgrade: websocket",
      "connection: upgrade",
      "sec-websocket-version: 13",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
      "\r\n",
    ].join("\r\n");

  test("ends handshakes that stop at any byte, are garbage, or have heads without end", async () => {
    const { address, port, counts } = await open({ websocket: true });
    const before = await victim.figures(address);
    const text = upgrade();
    const all = await attackers(port, text.length + 100);
    for (const [index, socket] of all.entries()) {
      if (index < text.length) {
        socket.write(text.slice(0, index));
        leave(socket, index);
      } else if (index % 2 === 0) socket.write(randomBytes(500));
      else socket.write(`GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}`);
    }
    await Promise.all(all.map(ended));
    const after = await settled();

    tell("WebSocket handshakes that break", before, after);
    expect((await counts()).connects).toBe(0);
    await until(
      () => victim.figures(),
      ({ descriptors }) => descriptors <= before.descriptors,
    );
  });

  test("ends a client who asks for pongs without end and never reads them", async () => {
    const { address, port } = await open({ websocket: true });
    const before = await victim.figures(address);
    const socket = await attacker(port);
    socket.write(upgrade());
    await once(socket, "data");
    socket.pause();
    // A masked ping of 125 bytes, by the thousand.
    const ping = Buffer.concat([Buffer.of(0x89, 0x80 | 125, 0, 0, 0, 0), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    await flood(socket, pings, 1000);
    const during = await victim.memory();

    tell("125 MiB of pings whose pongs are not read", before, { ...before, ...during });
    expect(during.rssMib - before.rssMib).toBeLessThan(32);
    socket.resume();
    await ended(socket);
    await settled();
  });

  test("ends frames that are too long, unmasked, or in fragments without end", async () => {
    const { address, port, counts } = await open({ websocket: true, frameBytesMax: 60_000 });
    const before = await victim.figures(address);
    const part = Buffer.concat([Buffer.of(0, 0x80 | 126, 4, 0, 0, 0, 0, 0), Buffer.alloc(1024)]);
    const first = Buffer.concat([Buffer.of(2, 0x80 | 126, 4, 0, 0, 0, 0, 0), Buffer.alloc(1024)]);
    const wrong = [
      Buffer.concat([first, ...Array.from({ length: 80 }, () => part)]),
      Buffer.of(0x82, 0x80 | 127, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
      Buffer.of(0x82, 3, 1, 2, 3),
      Buffer.of(0xff, 0xff, 0xff, 0xff),
    ];
    const all = await attackers(port, 80);
    for (const [index, socket] of all.entries()) {
      socket.write(upgrade());
      socket.write(wrong[index % wrong.length] as Buffer);
    }
    await Promise.all(all.map(ended));
    await until(counts, ({ disconnects }) => disconnects === 80);

    expect((await counts()).frames).toBe(0);
    tell("80 broken WebSocket messages", before, await settled());
    const honest = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(honest, "open");
    honest.send("a message");
    await until(counts, ({ frames }) => frames === 1);
    honest.close();
  });
});
