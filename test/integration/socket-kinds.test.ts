// Kinds of sockets on a real host: TLS, Unix sockets, UDP, IPv6; half-closed ones; other services
// that take them over.

import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testIdentity } from "../kit/certificate.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { allOf, connected, hands, newHands, until } from "../kit/socket-hands.ts";

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({ hands });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

describe("a secured connection", () => {
  test("is accepted with a certificate, and verifies its peer's", async () => {
    const server = await newHands(kit);
    const listening = (await server.ask("listen", "127.0.0.1:0", { tls: testIdentity })) as {
      port: number;
    };
    const address = `localhost:${listening.port}`;
    const client = await newHands(kit);

    expect(await client.act("open", address, { tls: true })).toBe("CONNECT_FAILED");
    expect(await client.ask("why", "open", address, { tls: true })).toMatch(/self-signed/);
    const wrongName = { tls: { ca: testIdentity.cert, servername: "example.com" } };
    expect(await client.act("open", address, wrongName)).toBe("CONNECT_FAILED");
    const id = await client.act("open", address, { tls: { ca: testIdentity.cert } });
    const peer = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted.at(-1)?.[0];
    });
    server.begin("echo", peer);
    await client.act("write", id, "secret\n");

    expect(await client.act("readLine", id)).toBe("secret");
    expect(await client.act("open", address, { tls: { insecure: true } })).toBeTypeOf("number");
  });

  test("is used by other programs, and one that speaks no TLS is never accepted", async () => {
    const server = await newHands(kit);
    const { port } = (await server.ask("listen", "127.0.0.1", 0, { tls: testIdentity })) as {
      port: number;
    };
    const plain = connect(port, "127.0.0.1");
    plain.write("GET / HTTP/1.1\r\n\r\n");
    await once(plain, "close");
    expect(await server.ask("accepted")).toEqual([]);

    const secured = connectTls({ port, host: "localhost", ca: testIdentity.cert });
    await once(secured, "secureConnect");
    const id = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted[0]?.[0];
    });
    server.begin("echo", id);
    secured.end("hello");

    expect(await allOf(secured)).toBe("hello");
  });

  test("is not opened with a certificate that is none", async () => {
    const server = await newHands(kit);
    const tls = { cert: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", key: "" };

    expect(await server.act("listen", "127.0.0.1", 0, { tls })).toBe("ARGUMENT_INVALID");
    const broken = { ...tls, key: "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n" };
    expect(await server.act("listen", "127.0.0.1", 0, { tls: broken })).toBe("LISTEN_FAILED");
  });
});

describe("other kinds of sockets", () => {
  test("a Unix socket is listened on and connected to", async () => {
    const file = path.join(tmpdir(), `isonet-${process.pid}.sock`);
    rmSync(file, { force: true });
    const server = await newHands(kit);
    const listening = await server.ask("listen", `unix:${file}`);
    expect(listening).toMatchObject({ host: `unix:${file}`, port: 0 });

    const client = await newHands(kit);
    const id = await client.act("open", `unix:${file}`);
    const peer = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted[0]?.[0];
    });
    server.begin("echo", peer);
    await client.act("write", id, "local\n");

    expect(await client.act("readLine", id)).toBe("local");
  });

  test("IPv6 is written in brackets", async () => {
    const server = await newHands(kit);
    const { port } = (await server.ask("listen", "[::1]:0")) as { port: number };
    const client = await newHands(kit);

    expect(await client.act("open", `[::1]:${port}`)).toBeTypeOf("number");
    const [, peer] = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted[0];
    });
    expect(peer).toMatch(/^\[::1\]:\d+$/);
  });

  test.each(["127.0.0.1", "::1"])("datagrams go to %s and back", async (host) => {
    const server = await newHands(kit);
    const id = await server.ask("udpEcho", host);
    const rows = (await server.act("netstat")) as { id: number; sock: string; type: string }[];
    const row = rows.find((each) => each.id === id);
    const port = Number(row?.sock.split(":").at(-1));
    expect(row?.type).toBe("UDP");

    const client = await newHands(kit);
    expect(await client.ask("udpTalk", host, port, "ping")).toBe("ping");
    expect(await server.ask("events")).toEqual([["ping", host]]);
  });
});

describe("a connection", () => {
  test("is not read before it is started: its peer's bytes wait", async () => {
    const { server, id, client } = await connected(kit);
    client.write("early\n");

    expect(await server.act("start", id)).toBe(id);
    expect(await server.act("readLine", id)).toBe("early");
    client.destroy();
  });

  test("whose peer has ended is written to until it is closed here", async () => {
    const { server, id, client } = await connected(kit);
    client.end("question");
    await server.act("start", id);

    expect(await server.act("readAll", id)).toBe("question");
    expect(await server.act("disconnected", id)).toBe(true);
    expect(await server.act("write", id, "answer")).toBe(true);
    const all = allOf(client);
    await server.act("close", id);
    expect(await all).toBe("answer");
    expect(await server.act("write", id, "late")).toBe(false);
  });

  test("is closed behind what was written, however much", async () => {
    const { server, id, client } = await connected(kit);
    await server.act("start", id);
    await server.act("write", id, "x".repeat(3_000_000));
    const closed = server.act("close", id);

    expect((await allOf(client)).length).toBe(3_000_000);
    await closed;
  });

  test("is shut down at once, and its reader gets the end", async () => {
    const { server, id, client } = await connected(kit);
    await server.act("start", id);
    const reading = server.act("readLine", id);
    await server.ask("watch", id);
    const ended = once(client.resume(), "end");
    await server.act("shutdown", id);

    expect(await reading).toBeUndefined();
    await ended;
    expect(await server.ask("events")).toEqual([["closed", id]]);
  });

  test("tells an error of the network", async () => {
    const { server, id, client } = await connected(kit);
    await server.act("start", id);
    const reading = server.act("readLine", id);
    client.resetAndDestroy();

    expect(await reading).toBeUndefined();
    expect(await server.act("write", id, "x")).toBe(false);
  });

  test("that is accepted is closed without a start by closeFd", async () => {
    const { server, id, client } = await connected(kit);
    const ended = once(client.resume(), "end");
    await server.act("closeFd", id);

    await ended;
    expect(await server.act("start", id)).toBe("SOCKET_CLOSED");
    client.destroy();
  });

  test("waits no longer than its time for a host that does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { ask } = await newHands(kit);

    // A TLS handshake that nobody answers.
    const text = await ask("why", "open", `127.0.0.1:${port}`, { timeoutMs: 50, tls: true });
    expect(text).toBe(`cannot connect to 127.0.0.1:${port}: no connection within 50 ms`);
    silent.close();
  });
});

describe("another service", () => {
  test("takes over a socket that was abandoned to it", async () => {
    const { server, id, client } = await connected(kit);
    const agent = await newHands(kit);
    await server.act("abandon", id, agent.address);
    agent.begin("echo", id);
    client.write("taken over");

    const [bytes] = (await once(client, "data")) as [Buffer];
    expect(bytes.toString()).toBe("taken over");
    client.destroy();
  });

  test("finds a socket closed whose peer has gone in between", async () => {
    const { server, id, client } = await connected(kit);
    const agent = await newHands(kit);
    const ended = once(client.resume(), "end");
    await server.act("closeFd", id);
    await ended;

    expect(await agent.act("start", id)).toBe("SOCKET_CLOSED");
    client.destroy();
  });
});
