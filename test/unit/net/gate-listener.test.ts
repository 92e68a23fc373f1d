// Gate listener: ports whose connections come in frames, what they take and what they refuse.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  listenForGate,
  type GateListenOptions,
  type GateStream,
} from "../../../src/net/gate-listener.ts";
import { systemNetClock } from "../../../src/net/net-clock.ts";
import { prefixFrame } from "../../../src/net/prefixed-frames.ts";
import { testIdentity } from "../../kit/certificate.ts";

const closing: (() => void)[] = [];
const short = { lengthBytes: 2, frameBytesMax: 1000, idleMs: 0 } as const;
const web = { ...short, websocket: { sendsText: false } };

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A port that keeps what comes and gives it back. */
async function open(options: Partial<GateListenOptions> = {}) {
  const frames: string[] = [];
  const errors: string[] = [];
  const ends: (string | undefined)[] = [];
  const take = (stream: GateStream): void => {
    stream.open({
      onData: (frame) => {
        frames.push(Buffer.from(frame).toString());
        stream.write(stream.frameOf(frame), { isLow: false });
      },
      onEnd: () => stream.close(),
      onWarning: () => {},
      onFlushed: () => {},
      onGone: (error) => ends.push(error),
    });
    stream.resume();
  };
  const listener = await listenForGate({
    host: "127.0.0.1",
    port: 0,
    backlog: 128,
    tls: undefined,
    clock: systemNetClock,
    warningBytes: 1 << 20,
    closeMs: 1000,
    handshakeMs: 5000,
    connectionsMax: 100,
    frames: short,
    limits: undefined,
    onConnection: take,
    onError: (text) => errors.push(text),
    ...options,
  });
  closing.push(() => listener.close());
  return { port: listener.port, frames, errors, ends };
}

function client(port: number): Socket {
  const socket = connect({ port, host: "127.0.0.1" }).on("error", () => {});
  closing.push(() => socket.destroy());
  return socket;
}

describe("a port with frames", () => {
  test("gives them whole, and takes them back", async () => {
    const { port, frames } = await open();
    const socket = client(port);
    socket.write(prefixFrame(Buffer.from("hello")));

    const [echo] = (await once(socket, "data")) as [Buffer];

    expect([frames, echo]).toEqual([["hello"], prefixFrame(Buffer.from("hello"))]);
  });

  test("ends a connection that announces too much, and says what", async () => {
    const { port, ends } = await open();
    const socket = client(port);
    socket.write(Uint8Array.of(0x7f, 0xff));

    await once(socket, "close");

    expect(ends).toEqual(["a frame of 32767 bytes; at most 1000"]);
  });

  test.each([
    ["TCP", short, prefixFrame(Buffer.from("hello"))],
    ["WebSocket", web, Buffer.from("GET / HTTP/1.1\r\nhost: here\r\n\r\n")],
  ])("over %s refuses an address that has as many connections as it may", async (...args) => {
    const [, frames, words] = args;
    const limits = { connectsPerSecondMax: 0, connectionsMax: 1 };
    const { port, errors } = await open({ frames, limits });
    /** True when it is answered, false when it is ended without a word. */
    const isTaken = async (socket: Socket): Promise<boolean> => {
      socket.write(words);
      const closed = once(socket, "close").then(() => false);
      return Promise.race([once(socket, "data").then(() => true), closed]);
    };
    const first = client(port);
    await once(first, "connect");
    const second = await isTaken(client(port));

    first.destroy();

    expect(second).toBe(false);
    await expect.poll(() => isTaken(client(port))).toBe(true);
    expect(errors[0]).toMatch(/^CLIENT_REFUSED: 127\.0\.0\.1 has 1 connections/);
  });
});

describe("a port for WebSockets", () => {
  test("ends one that does not say what it wants in time", async () => {
    const { port } = await open({ frames: web, handshakeMs: 100 });
    const socket = client(port);
    socket.write("GET / HTTP/1.1\r\nhost: ");
    let told = "";
    socket.on("data", (chunk) => (told += String(chunk)));

    await once(socket, "close");

    expect(told).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("tells its peer's address over TLS as well, and the end of each connection once", async () => {
    const { port, ends } = await open({ frames: web, tls: testIdentity });
    for (let round = 0; round < 3; round++) {
      const socket = new WebSocket(`wss://localhost:${port}/`, { ca: testIdentity.cert });
      await once(socket, "open");
      socket.send("hello");
      await once(socket, "message");
      socket.close();
      await once(socket, "close");
    }

    await expect.poll(() => ends).toEqual([undefined, undefined, undefined]);
  });

  test("fails with LISTEN_FAILED where another listens, and for a bad certificate", async () => {
    const { port } = await open();
    const failed = expect.objectContaining({ code: "LISTEN_FAILED" }) as Error;

    await expect(open({ port, frames: web })).rejects.toEqual(failed);
    await expect(open({ frames: web, tls: { cert: "x", key: "y" } })).rejects.toEqual(failed);
  });
});
