// Connections over TCP: frames both ways, bounds, and every way in which one ends.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server as TlsServer } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { connectFrames, connectLines } from "../../../client/stream-connection.ts";
import { testIdentity } from "../../kit/certificate.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";
import {
  scripted,
  type Script,
  type ScriptedPeer,
  type ScriptedServer,
} from "../../kit/scripted-server.ts";

const servers: ScriptedServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function framesFrom(script: Script, options: object = {}) {
  const server = await scripted(script);
  servers.push(server);
  const clock = new FakeNetClock();
  const connection = await connectFrames({ port: server.port, clock, ...options });
  return { server, clock, connection };
}

const lost = (message: RegExp) =>
  expect.objectContaining({ code: "CONNECTION_LOST", message: expect.stringMatching(message) });

describe("a connection of frames", () => {
  test.each([2, 4] as const)("carries them both ways behind %d bytes", async (prefixBytes) => {
    const { server, connection } = await framesFrom(
      async (peer) => {
        const frame = await peer.frame(prefixBytes);
        peer.say(
          Array.from({ length: prefixBytes - 1 }, () => 0),
          [frame.length],
          frame,
        );
        peer.end();
      },
      { prefixBytes },
    );

    connection.send(Buffer.from("hello"));
    const frames: string[] = [];
    for await (const frame of connection) frames.push(Buffer.from(frame).toString());

    expect(frames).toEqual(["hello"]);
    expect(connection.peer).toBe(`127.0.0.1:${server.port}`);
    await connection.close();
  });

  test("gives what came before an end within a frame, then says what is missing", async () => {
    const { connection } = await framesFrom((peer) => {
      peer.say([0, 1, 97, 0, 9, 98]);
      peer.end();
    });

    expect(await connection.receive()).toEqual(Uint8Array.of(97));
    await expect(connection.receive()).rejects.toThrow(
      lost(/^127.0.0.1:\d+: the connection has ended behind 1 of 9 bytes of a frame$/),
    );
  });

  test("ends with PEER_MALFORMED for a frame that is announced too long", async () => {
    const { server, connection } = await framesFrom(
      async (peer) => {
        peer.say([0xff, 0xff, 0xff, 0xff], "and bytes without end");
        await peer.ended();
      },
      { prefixBytes: 4 },
    );

    await expect(connection.receive()).rejects.toMatchObject({ code: "PEER_MALFORMED" });
    await server.done();
    expect(() => connection.send(Uint8Array.of(1))).toThrow(lost(/has ended/));
  });

  test("fails a wait with CALL_TIMEOUT, and goes on", async () => {
    const { clock, connection } = await framesFrom(async (peer) => {
      await peer.frame();
      peer.sayFrame("late");
    });

    const early = connection.receive(1000);
    clock.advance(1000);
    await expect(early).rejects.toMatchObject({ code: "CALL_TIMEOUT" });

    connection.send(Uint8Array.of());
    expect(Buffer.from((await connection.receive(1000)) ?? "").toString()).toBe("late");
    await connection.close();
    expect(clock.pending).toBe(0);
  });

  test("holds a server back that sends more than is taken, and loses nothing", async () => {
    const sent = 400;
    const body = Buffer.alloc(32 * 1024, "x");
    const { server, connection } = await framesFrom(
      async (peer) => {
        for (let count = 0; count < sent; count++) peer.sayFrame(body);
        peer.say([0, 4], "last");
        await peer.ended();
        expect(peer.waitingBytes).toBe(0);
      },
      { inboundBytesMax: 64 * 1024 },
    );

    await connection.receive();
    let taken = 1;
    for await (const frame of connection) {
      if (frame.length === 4) break;
      expect(frame.length).toBe(body.length);
      taken++;
    }
    expect(taken).toBe(sent);
    await connection.close();
    await server.done();
  });

  test("does not keep more than its bound of what a server sends that is not taken", async () => {
    const speaking = Promise.withResolvers<ScriptedPeer>();
    const { server, connection } = await framesFrom(
      async (peer) => {
        peer.say(new Uint8Array(64 * 1024 * 1024)); // 32 million frames of no bytes
        speaking.resolve(peer);
        await peer.ended();
      },
      { inboundBytesMax: 64 * 1024 },
    );

    const peer = await speaking.promise;
    // More turns than it takes to read everything.
    for (let turn = 0; turn < 5000; turn++) await new Promise(setImmediate);
    expect(peer.waitingBytes).toBeGreaterThan(0);
    expect(await connection.receive()).toEqual(new Uint8Array());
    connection.destroy();
    expect(await connection.receive()).toBeUndefined();
    await server.done();
  });

  test("refuses to send more than a server takes, with OUTBOX_FULL", async () => {
    const { connection } = await framesFrom(
      async (peer) => {
        peer.pause();
        await peer.ended();
      },
      { outboundBytesMax: 1024 * 1024 },
    );

    const send = (): void => {
      for (;;) connection.send(new Uint8Array(0xffff));
    };
    expect(send).toThrow(expect.objectContaining({ code: "OUTBOX_FULL" }));
    connection.destroy();
    await connection.drained();
  });

  test("is drained when the server has taken what was sent", async () => {
    const body = Buffer.alloc(0xffff, "y");
    const { connection } = await framesFrom(async (peer) => {
      for (let count = 0; count < 20; count++) expect(await peer.frame()).toEqual(body);
      peer.sayFrame("all");
    });

    for (let count = 0; count < 20; count++) {
      connection.send(body);
      await connection.drained();
    }
    expect(Buffer.from((await connection.receive()) ?? "").toString()).toBe("all");
    await connection.close();
  });

  test("cuts a server that does not let go, after closeMs", async () => {
    const { clock, connection } = await framesFrom(async (peer) => {
      peer.pause();
      await peer.ended();
    });

    connection.send(new Uint8Array(0xffff));
    const closed = connection.close();
    clock.advance(2000);
    await closed;
    expect(connection.hasEnded).toBe(true);
  });

  test("cannot be opened where nobody listens: CONNECT_FAILED", async () => {
    const server = await scripted(() => {});
    const { port } = server;
    server.close();

    await expect(connectFrames({ port })).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: expect.stringMatching(/^no connection to 127.0.0.1:\d+: connect ECONNREFUSED/),
    });
  });

  test("that nobody accepts fails with CALL_TIMEOUT", async () => {
    const clock = new FakeNetClock();
    // A network for documents only: nobody answers, or there is no way to it.
    const opening = connectFrames({ host: "192.0.2.1", port: 9, clock, connectMs: 500 });
    clock.advance(500);

    await expect(opening).rejects.toMatchObject({ code: "CALL_TIMEOUT" });
    expect(clock.pending).toBe(0);
  });
});

describe("a connection over TLS", () => {
  async function secureEcho(): Promise<TlsServer> {
    const server = createServer(testIdentity, (socket) => {
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    server.on("tlsClientError", () => {});
    await once(server.listen(0, "127.0.0.1"), "listening");
    return server;
  }

  test("carries frames to a server whose certificate is trusted", async () => {
    const server = await secureEcho();
    const { port } = server.address() as AddressInfo;
    const connection = await connectFrames({ port, tls: { ca: testIdentity.cert } });

    connection.send(Buffer.from("secret"));
    expect(Buffer.from((await connection.receive()) ?? "").toString()).toBe("secret");
    await connection.close();
    server.close();
  });

  test("is not made to a server whose certificate is not", async () => {
    const server = await secureEcho();
    const { port } = server.address() as AddressInfo;

    await expect(connectFrames({ port, tls: true })).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: expect.stringMatching(/self-signed certificate/),
    });
    server.close();
  });
});

describe("a connection of lines", () => {
  test("carries them both ways, and ends a server that never ends one", async () => {
    using server = await scripted(async (peer) => {
      expect(await peer.line()).toBe("ö");
      peer.say("o", "k\n", "x".repeat(100));
      await peer.ended();
    });

    const connection = await connectLines({ port: server.port, lineBytesMax: 64 });
    connection.send("ö");

    expect(await connection.receive()).toBe("ok");
    await expect(connection.receive()).rejects.toMatchObject({ code: "PEER_MALFORMED" });
    await server.done();
  });
});
