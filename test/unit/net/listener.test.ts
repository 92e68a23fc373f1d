// Listener and connection: real sockets on loopback, every wait is for a named event.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { CloseReason, Connection } from "../../../src/net/connection.ts";
import { listen, type Listener, type ListenOptions } from "../../../src/net/listener.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

const opened: Listener[] = [];
const clients: Socket[] = [];

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  for (const listener of opened.splice(0)) await listener.close();
});

async function listening(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    portOption: "gatePort",
    connectionsMax: 8,
    idleMs: 0,
    onConnection: (connection) => connection.open({ onData: () => {}, onClose: () => {} }),
    ...options,
  });
  opened.push(listener);
  return listener;
}

async function client(listener: Listener): Promise<Socket> {
  const socket = connect({ host: listener.host, port: listener.port });
  socket.on("error", () => {});
  clients.push(socket);
  await once(socket, "connect");
  return socket;
}

/** A listener that gives its next connection, opened, with why it closed. */
async function meeting(options: Partial<ListenOptions> = {}) {
  const met = Promise.withResolvers<Connection>();
  const closed = Promise.withResolvers<CloseReason>();
  const onConnection = (connection: Connection): void => {
    connection.open({ onData: (chunk) => connection.write(chunk), onClose: closed.resolve });
    met.resolve(connection);
  };
  const listener = await listening({ onConnection, ...options });
  const socket = await client(listener);
  return { socket, connection: await met.promise, closed: closed.promise };
}

describe("listener", () => {
  test("resolves with the real port when it was asked for any", async () => {
    const listener = await listening();

    expect(listener.port).toBeGreaterThan(0);
    expect(listener.host).toBe("127.0.0.1");
  });

  test("names host, port and option when the port is in use", async () => {
    const first = await listening();

    const second = listening({ port: first.port, portOption: "consolePort" });

    await expect(second).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: expect.stringMatching(
        new RegExp(`port ${first.port} of 127\\.0\\.0\\.1 .*\\(option consolePort\\)`),
      ) as string,
    });
  });

  test("says CONFIG_INVALID for an address this machine does not have", async () => {
    await expect(listening({ host: "192.0.2.1" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  test("says CONFIG_INVALID for a port that is no port number", async () => {
    await expect(listening({ port: 65_536 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  test("closes the connection over connectionsMax at once and tells who it was", async () => {
    const refused = Promise.withResolvers<string>();
    const listener = await listening({ connectionsMax: 1, onRefused: refused.resolve });
    await client(listener);

    const second = await client(listener);
    const peer = `127.0.0.1:${second.localPort ?? "?"}`;
    await once(second, "close");

    expect(await refused.promise).toBe(peer);
  });

  test("frees the port and ends every connection when it closes", async () => {
    const listener = await listening();
    const socket = await client(listener);
    const ended = once(socket, "close");

    await listener.close();
    await ended;
    const again = await listening({ port: listener.port });

    expect(again.port).toBe(listener.port);
  });
});

describe("connection", () => {
  test("reads and writes, and ends with its peer", async () => {
    const { socket, connection, closed } = await meeting();

    socket.write("hello");
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.end();

    expect(answer.toString()).toBe("hello");
    expect(connection.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await closed).toEqual({ kind: "ended" });
  });

  test("is ended after idleMs of silence, counted from the last chunk", async () => {
    const clock = new FakeNetClock();
    const { socket, closed } = await meeting({ clock, idleMs: 1000 });
    clock.advance(900);
    socket.write("x");
    await once(socket, "data");

    clock.advance(999);
    socket.write("y");
    const [stillThere] = (await once(socket, "data")) as [Buffer];
    clock.advance(1000);

    expect(stillThere.toString()).toBe("y");
    expect(await closed).toEqual({ kind: "idle", idleMs: 1000 });
  });

  test("is ended when its peer does not read, at the bound and not over it", async () => {
    const { socket, connection, closed } = await meeting({ writeBytesMax: 256 * 1024 });
    socket.pause();

    const chunk = Buffer.alloc(64 * 1024);
    while (connection.write(chunk)) await Promise.resolve();
    const reason = await closed;

    expect(reason).toMatchObject({ kind: "slow", writeBytesMax: 256 * 1024 });
    expect(reason.kind === "slow" && reason.waitingBytes).toBeLessThanOrEqual(256 * 1024);
  });

  test("gives its socket away with the unread bytes in front, and is not told of its end", async () => {
    const { socket, connection, closed } = await meeting();
    const received: Buffer[] = [];

    const bare = connection.handOver(Buffer.from("GET "));
    bare.on("data", (chunk: Buffer) => {
      received.push(chunk);
      if (Buffer.concat(received).length === 9) bare.end("bye");
    });
    bare.resume();
    socket.write("/list");
    const [answer] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    await once(bare, "close");

    expect(Buffer.concat(received).toString()).toBe("GET /list");
    expect(answer.toString()).toBe("bye");
    expect(await Promise.race([closed, Promise.resolve("not told")])).toBe("not told");
  });
});
