// Stream sockets and their listeners over loopback: what a peer that does not keep up is given, and
// for how long.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { dialStream } from "../../../src/net/stream-dialer.ts";
import { listenForStreams, type StreamListener } from "../../../src/net/stream-listener.ts";
import type { StreamHandlers, StreamSocket } from "../../../src/net/stream-socket.ts";
import { testIdentity } from "../../kit/certificate.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

const high = { isLow: false };
const closeMs = 30_000;
const open: { destroy(): void }[] = [];
let listener: StreamListener | undefined;

afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
  listener?.close();
});

class Kit {
  readonly clock = new FakeNetClock();
  readonly errors: string[] = [];
  readonly told: string[] = [];
  readonly streams: StreamSocket[] = [];
  #onStream: () => void = () => {};

  async listen(options: { tls?: typeof testIdentity; connectionsMax?: number } = {}) {
    listener = await listenForStreams({
      host: "127.0.0.1",
      port: 0,
      backlog: 8,
      tls: options.tls,
      connectionsMax: options.connectionsMax ?? 10,
      handshakeMs: 1,
      clock: this.clock,
      warningBytes: 1024,
      closeMs,
      onConnection: (stream) => {
        this.streams.push(stream);
        open.push(stream);
        this.#onStream();
      },
      onError: (text) => this.errors.push(text),
    });
    return listener;
  }

  connect(): Socket {
    const client = connect({ port: listener?.port ?? 0, host: "127.0.0.1", allowHalfOpen: true });
    client.on("error", () => {});
    open.push(client);
    return client;
  }

  async accepted(): Promise<{ stream: StreamSocket; client: Socket }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onStream = resolve;
    const client = this.connect();
    await promise;
    return { stream: this.streams.at(-1) as StreamSocket, client };
  }

  /** Notes what is told, and resolves with the end. */
  heard(stream: StreamSocket): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const handlers: StreamHandlers = {
      onData: (chunk) => this.told.push(`data ${chunk.length}`),
      onEnd: () => this.told.push("end"),
      onWarning: (kib) => this.told.push(`warning ${kib}`),
      onFlushed: () => this.told.push("flushed"),
      onGone: (error) => resolve(error ?? "gone"),
    };
    stream.open(handlers);
    return promise;
  }
}

describe("a stream that is closed", () => {
  test("and whose peer takes nothing loses the rest after its time", async () => {
    const kit = new Kit();
    await kit.listen();
    const { stream, client } = await kit.accepted();
    client.pause();
    const gone = kit.heard(stream);
    stream.write(Buffer.alloc(32 * 1024 * 1024), high);
    stream.close();
    await new Promise(setImmediate);
    kit.clock.advance(closeMs - 1);
    expect(stream.isGone).toBe(false);

    kit.clock.advance(1);

    expect(await gone).toBe("gone");
    expect(kit.told).toEqual(["warning 32768"]);
  });

  test("and whose peer does not hang up is let go two seconds after it was sent all", async () => {
    const kit = new Kit();
    await kit.listen();
    const { stream, client } = await kit.accepted();
    const gone = kit.heard(stream);
    stream.write(Buffer.from("bye"), high);
    stream.close();
    const [chunk] = (await once(client, "data")) as [Buffer];
    await once(client, "end");
    expect([chunk.toString(), kit.told]).toEqual(["bye", ["flushed"]]);
    kit.clock.advance(2000);

    expect(await gone).toBe("gone");
    expect(kit.clock.pending).toBe(0);
  });

  test("ends at once when its peer has ended before", async () => {
    const kit = new Kit();
    await kit.listen();
    const { stream, client } = await kit.accepted();
    const gone = kit.heard(stream);
    stream.resume();
    client.resume().end("last");
    while (!kit.told.includes("end")) await new Promise(setImmediate);
    stream.close();

    expect(await gone).toBe("gone");
    expect(kit.told).toEqual(["data 4", "end", "flushed"]);
  });
});

describe("a listener", () => {
  test("closes a connection beyond its maximum at once", async () => {
    const kit = new Kit();
    await kit.listen({ connectionsMax: 1 });
    await kit.accepted();
    const second = kit.connect();

    await once(second.resume(), "end");

    expect(kit.streams).toHaveLength(1);
  });

  test("ends a handshake that does not come to an end, and goes on", async () => {
    const kit = new Kit();
    await kit.listen({ tls: testIdentity });
    const silent = kit.connect();

    await once(silent.resume(), "end");

    expect(kit.streams).toEqual([]);
    expect(kit.errors).toEqual(["TLS handshake timeout (ERR_TLS_HANDSHAKE_TIMEOUT)"]);
  });
});

describe("a connection that is dialled", () => {
  async function server(): Promise<{ server: Server; port: number }> {
    const silent = createServer((socket) => open.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    return { server: silent, port: (silent.address() as AddressInfo).port };
  }

  test("fails when its time is over, and is not left open", async () => {
    const clock = new FakeNetClock();
    const { server: silent, port } = await server();
    const at = { host: "127.0.0.1", port, timeoutMs: 500, clock, warningBytes: 1, closeMs };
    const dialling = dialStream({ ...at, tls: {} });
    const [socket] = (await once(silent, "connection")) as [Socket];
    const closed = once(socket.resume(), "close");
    clock.advance(500);

    await expect(dialling).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: `cannot connect to 127.0.0.1:${port}: no connection within 500 ms`,
    });
    await closed;
    silent.close();
  });

  test("is not read before it is resumed", async () => {
    const clock = new FakeNetClock();
    const { server: talking, port } = await server();
    talking.on("connection", (socket: Socket) => socket.write("early"));
    const kit = new Kit();
    const at = { host: "127.0.0.1", port, timeoutMs: 500, clock, warningBytes: 1, closeMs };
    const stream = await dialStream({ ...at, tls: undefined });
    open.push(stream);
    void kit.heard(stream);
    for (let rounds = 0; rounds < 20; rounds++) await new Promise(setImmediate);
    expect(kit.told).toEqual([]);

    stream.resume();
    while (kit.told.length === 0) await new Promise(setImmediate);

    expect(kit.told).toEqual(["data 5"]);
    talking.close();
  });
});
