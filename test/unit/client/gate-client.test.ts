// Gate client: the same frames over TCP and over a WebSocket, and how a WebSocket ends.

import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { WebSocketServer, type WebSocket as ServerSide } from "ws";
import { afterEach, describe, expect, test } from "vitest";
import { GateClient } from "../../../client/gate-client.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";
import { scripted } from "../../kit/scripted-server.ts";

const servers: { close(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A WebSocket server; resolves with its URL. */
async function webSockets(onConnection: (socket: ServerSide) => void): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", onConnection);
  servers.push({
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/gate`;
}

const lastWords = (end: (socket: ServerSide) => void) => (socket: ServerSide) => {
  socket.send("last");
  end(socket);
};

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? "").toString();

describe("a gate client", () => {
  test.each([2, 4] as const)("talks in frames behind %d bytes over TCP", async (prefixBytes) => {
    using server = await scripted(async (peer) => {
      const frame = await peer.frame(prefixBytes);
      const length = Buffer.alloc(prefixBytes);
      length.writeUIntBE(frame.length, 0, prefixBytes);
      peer.say(length, frame, length, frame);
      await peer.ended();
    });

    const gate = await GateClient.connect({ port: server.port, prefixBytes });
    gate.send("hello");
    await gate.drained();
    const frames: string[] = [];
    for await (const frame of gate) if (frames.push(text(frame)) === 2) break;

    expect(frames).toEqual(["hello", "hello"]);
    await gate.close();
    expect(gate.hasEnded).toBe(true);
    await server.done();
  });

  test("talks in messages over a WebSocket, binary or text, and takes both", async () => {
    const seen: string[] = [];
    const url = await webSockets((socket) => {
      socket.on("message", (data: Buffer, isBinary) => {
        seen.push(`${isBinary ? "binary" : "text"} ${data.toString()}`);
        socket.send(data, { binary: !isBinary });
      });
    });

    for (const messages of ["binary", "text"] as const) {
      const gate = await GateClient.connect({ url, messages });
      gate.send("é");
      gate.send(new Uint8Array());
      expect([text(await gate.receive()), text(await gate.receive())]).toEqual(["é", ""]);
      await gate.drained();
      await gate.close();
      expect(await gate.receive()).toBeUndefined();
    }
    expect(seen).toEqual(["binary é", "binary ", "text é", "text "]);
  });

  test("sees a gate that is full as one that hangs up", async () => {
    using server = await scripted((peer) => peer.end());
    const gate = await GateClient.connect({ port: server.port });

    expect(await gate.receive()).toBeUndefined();
    expect(() => gate.send("late")).toThrow(expect.objectContaining({ code: "CONNECTION_LOST" }));
  });
});

describe("a gate client's WebSocket", () => {
  test.each([
    ["in good order", (socket: ServerSide) => socket.close(1000)],
    ["without a code", (socket: ServerSide) => socket.close()],
  ])("that the server ends %s ends without an error", async (_how, end) => {
    const gate = await GateClient.connect({ url: await webSockets(lastWords(end)) });

    expect([text(await gate.receive()), await gate.receive()]).toEqual(["last", undefined]);
    expect(gate.hasEnded).toBe(true);
  });

  test.each([
    [
      "with an error",
      (socket: ServerSide) => socket.close(1011, "full"),
      /closed with 1011: "full"/,
    ],
    ["by a cut", (socket: ServerSide) => socket.terminate(), /the connection broke/],
  ])("that the server ends %s ends with CONNECTION_LOST", async (_how, end, message) => {
    const gate = await GateClient.connect({ url: await webSockets(lastWords(end)) });

    expect(text(await gate.receive())).toBe("last");
    await expect(gate.receive()).rejects.toThrow(message);
    await expect(gate.receive()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  test("is closed when a message is too large, or too many wait", async () => {
    const closed: Promise<number[]>[] = [];
    const url = await webSockets((socket) => {
      closed.push(once(socket, "close"));
      for (let count = 0; count < 5; count++) socket.send(Buffer.alloc(1000));
    });

    const large = await GateClient.connect({ url, frameBytesMax: 999 });
    await expect(large.receive()).rejects.toMatchObject({ code: "PEER_MALFORMED" });
    expect(() => large.send("x")).toThrow(expect.objectContaining({ code: "CONNECTION_LOST" }));

    const many = await GateClient.connect({ url, inboundBytesMax: 2500 });
    expect(await Promise.all(closed.map(async (end) => (await end)[0]))).toEqual([4009, 4009]);
    for (let taken = 0; taken < 3; taken++) expect((await many.receive())?.length).toBe(1000);
    await expect(many.receive()).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: `${url}: over 2500 bytes wait for this program`,
    });
  });

  test("refuses what is too large to send, and more than a server takes", async () => {
    const gate = await GateClient.connect({
      url: await webSockets((socket) => socket.pause()),
      frameBytesMax: 1 << 20,
      outboundBytesMax: 4 << 20,
    });

    expect(() => gate.send(new Uint8Array((1 << 20) + 1))).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }),
    );
    const flood = (): void => {
      for (;;) gate.send(new Uint8Array(1 << 20));
    };
    expect(flood).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
  });

  test("cannot be opened at what is no WebSocket", async () => {
    using server = await scripted((peer) => {
      peer.say("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
      peer.end();
    });

    await expect(GateClient.connect({ url: "http" })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
    });
    await expect(
      GateClient.connect({ url: `ws://127.0.0.1:${server.port}/` }),
    ).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });

  test("that is never accepted fails with CALL_TIMEOUT", async () => {
    const clock = new FakeNetClock();
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      clock.advance(10_000);
    });
    servers.push({
      close() {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;

    await expect(GateClient.connect({ url, clock })).rejects.toMatchObject({
      code: "CALL_TIMEOUT",
    });
    expect(clock.pending).toBe(0);
  });
});
