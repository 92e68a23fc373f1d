// Kinds of sockets and what becomes of them, on a real host: TLS, Unix sockets, UDP, IPv6; other
// services that take them over; ends of all sorts; what an untrusted service may.

import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testIdentity } from "../kit/certificate.ts";
import { startHost, type TestHost } from "../kit/host.ts";

/** Does what it is told, with the library of sockets. */
const hands = `
import { call, commands, exit } from "isonet";
import { textOf } from "isonet/bytes";
import * as socket from "isonet/socket";
const accepted: [number, string][] = [];
const events: unknown[] = [];
const text = (value: any) => (value instanceof Uint8Array ? textOf(value) : value);
const outcome = async (work: () => any) => {
  try {
    return text(await work());
  } catch (error: any) {
    return error.code;
  }
};
commands({
  do: (name: string, ...args: any[]) => outcome(() => (socket as any)[name](...args)),
  why: async (name: string, ...args: any[]) => {
    try {
      return await (socket as any)[name](...args);
    } catch (error: any) {
      return error.message;
    }
  },
  listen: async (...args: any[]) => {
    const listening = await (socket.listen as any)(...args);
    await socket.start(listening.id, (id, peer) => { accepted.push([id, peer]); });
    return listening;
  },
  accepted: () => accepted,
  echo: async (id: number) => {
    await socket.start(id);
    for (;;) {
      const bytes = await socket.read(id);
      if (bytes === undefined) break;
      socket.write(id, bytes);
    }
    await socket.close(id);
  },
  udpEcho: (host: string) => socket.udp((data, from) => {
    events.push([textOf(data), socket.udpAddress(from).host]);
    socket.sendTo(echoId, from, data);
  }, host, 0).then((id) => (echoId = id)),
  udpTalk: (host: string, port: number, line: string) => new Promise((resolve) => {
    void socket.udpDial(host, port, (data) => resolve(textOf(data)))
      .then((id) => socket.write(id, line));
  }),
  events: () => events,
  watch: (id: number) => socket.onClose(id, (which) => { events.push(["closed", which]); }),
  lastWords: (id: number) => { socket.write(id, "good-bye"); exit(); },
  flood: (id: number) => {
    for (let n = 0; n < 30_000; n++) socket.write(id, String(n).padStart(6, "0"));
  },
});
let echoId = 0;
`;

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({ hands });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

type Hands = { readonly address: Address; do(...values: unknown[]): Promise<unknown> } & {
  ask(...values: unknown[]): Promise<unknown>;
  /** Asks for what goes on until the end of its socket, or of the host. */
  begin(...values: unknown[]): void;
};

async function newHands(options: object = {}): Promise<Hands> {
  const address = (await kit.isonet.newService({ name: "hands", ...options })) as Address;
  const ask = (...values: unknown[]): Promise<unknown> =>
    kit.isonet.call(address, "lua", ...values);
  const begin = (...values: unknown[]): void => void ask(...values).catch(() => {});
  return { address, ask, begin, do: (...values) => ask("do", ...values) };
}

/** A service that listens, and a client of it, accepted but not started. */
async function connected(options: object = {}): Promise<{
  server: Hands;
  id: number;
  client: Socket;
  port: number;
}> {
  const server = await newHands(options);
  const listening = (await server.ask("listen", "127.0.0.1", 0)) as { id: number; port: number };
  const client = connect({ port: listening.port, host: "127.0.0.1", allowHalfOpen: true });
  await once(client, "connect");
  const id = await until(async () => {
    const accepted = (await server.ask("accepted")) as [number, string][];
    return accepted[0]?.[0];
  });
  return { server, id, client, port: listening.port };
}

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(setImmediate);
  }
}

async function allOf(socket: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe("a secured connection", () => {
  test("is accepted with a certificate, and verifies its peer's", async () => {
    const server = await newHands();
    const listening = (await server.ask("listen", "127.0.0.1:0", { tls: testIdentity })) as {
      port: number;
    };
    const address = `localhost:${listening.port}`;
    const client = await newHands();

    expect(await client.do("open", address, { tls: true })).toBe("CONNECT_FAILED");
    expect(await client.ask("why", "open", address, { tls: true })).toMatch(/self-signed/);
    const wrongName = { tls: { ca: testIdentity.cert, servername: "example.com" } };
    expect(await client.do("open", address, wrongName)).toBe("CONNECT_FAILED");
    const id = await client.do("open", address, { tls: { ca: testIdentity.cert } });
    const peer = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted.at(-1)?.[0];
    });
    server.begin("echo", peer);
    await client.do("write", id, "secret\n");

    expect(await client.do("readLine", id)).toBe("secret");
    expect(await client.do("open", address, { tls: { insecure: true } })).toBeTypeOf("number");
  });

  test("is used by other programs, and one that speaks no TLS is never accepted", async () => {
    const server = await newHands();
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
    const server = await newHands();
    const tls = { cert: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", key: "" };

    expect(await server.do("listen", "127.0.0.1", 0, { tls })).toBe("ARGUMENT_INVALID");
    const broken = { ...tls, key: "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n" };
    expect(await server.do("listen", "127.0.0.1", 0, { tls: broken })).toBe("LISTEN_FAILED");
  });
});

describe("other kinds of sockets", () => {
  test("a Unix socket is listened on and connected to", async () => {
    const file = path.join(tmpdir(), `isonet-${process.pid}.sock`);
    rmSync(file, { force: true });
    const server = await newHands();
    const listening = await server.ask("listen", `unix:${file}`);
    expect(listening).toMatchObject({ host: `unix:${file}`, port: 0 });

    const client = await newHands();
    const id = await client.do("open", `unix:${file}`);
    const peer = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted[0]?.[0];
    });
    server.begin("echo", peer);
    await client.do("write", id, "local\n");

    expect(await client.do("readLine", id)).toBe("local");
  });

  test("IPv6 is written in brackets", async () => {
    const server = await newHands();
    const { port } = (await server.ask("listen", "[::1]:0")) as { port: number };
    const client = await newHands();

    expect(await client.do("open", `[::1]:${port}`)).toBeTypeOf("number");
    const [, peer] = await until(async () => {
      const accepted = (await server.ask("accepted")) as [number, string][];
      return accepted[0];
    });
    expect(peer).toMatch(/^\[::1\]:\d+$/);
  });

  test.each(["127.0.0.1", "::1"])("datagrams go to %s and back", async (host) => {
    const server = await newHands();
    const id = await server.ask("udpEcho", host);
    const rows = (await server.do("netstat")) as { id: number; sock: string; type: string }[];
    const row = rows.find((each) => each.id === id);
    const port = Number(row?.sock.split(":").at(-1));
    expect(row?.type).toBe("UDP");

    const client = await newHands();
    expect(await client.ask("udpTalk", host, port, "ping")).toBe("ping");
    expect(await server.ask("events")).toEqual([["ping", host]]);
  });
});

describe("a connection", () => {
  test("is not read before it is started: its peer's bytes wait", async () => {
    const { server, id, client } = await connected();
    client.write("early\n");

    expect(await server.do("start", id)).toBe(id);
    expect(await server.do("readLine", id)).toBe("early");
    client.destroy();
  });

  test("whose peer has ended is written to until it is closed here", async () => {
    const { server, id, client } = await connected();
    client.end("question");
    await server.do("start", id);

    expect(await server.do("readAll", id)).toBe("question");
    expect(await server.do("disconnected", id)).toBe(true);
    expect(await server.do("write", id, "answer")).toBe(true);
    const all = allOf(client);
    await server.do("close", id);
    expect(await all).toBe("answer");
    expect(await server.do("write", id, "late")).toBe(false);
  });

  test("is closed behind what was written, however much", async () => {
    const { server, id, client } = await connected();
    await server.do("start", id);
    await server.do("write", id, "x".repeat(3_000_000));
    const closed = server.do("close", id);

    expect((await allOf(client)).length).toBe(3_000_000);
    await closed;
  });

  test("is shut down at once, and its reader gets the end", async () => {
    const { server, id, client } = await connected();
    await server.do("start", id);
    const reading = server.do("readLine", id);
    await server.ask("watch", id);
    const ended = once(client.resume(), "end");
    await server.do("shutdown", id);

    expect(await reading).toBeUndefined();
    await ended;
    expect(await server.ask("events")).toEqual([["closed", id]]);
  });

  test("tells an error of the network", async () => {
    const { server, id, client } = await connected();
    await server.do("start", id);
    const reading = server.do("readLine", id);
    client.resetAndDestroy();

    expect(await reading).toBeUndefined();
    expect(await server.do("write", id, "x")).toBe(false);
  });

  test("that is accepted is closed without a start by closeFd", async () => {
    const { server, id, client } = await connected();
    const ended = once(client.resume(), "end");
    await server.do("closeFd", id);

    await ended;
    expect(await server.do("start", id)).toBe("SOCKET_CLOSED");
    client.destroy();
  });

  test("waits no longer than its time for a host that does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { ask } = await newHands();

    // A TLS handshake that nobody answers.
    const text = await ask("why", "open", `127.0.0.1:${port}`, { timeoutMs: 50, tls: true });
    expect(text).toBe(`cannot connect to 127.0.0.1:${port}: no connection within 50 ms`);
    silent.close();
  });
});

describe("another service", () => {
  test("takes over a socket that was abandoned to it", async () => {
    const { server, id, client } = await connected();
    const agent = await newHands();
    await server.do("abandon", id, agent.address);
    agent.begin("echo", id);
    client.write("taken over");

    const [bytes] = (await once(client, "data")) as [Buffer];
    expect(bytes.toString()).toBe("taken over");
    client.destroy();
  });

  test("finds a socket closed whose peer has gone in between", async () => {
    const { server, id, client } = await connected();
    const agent = await newHands();
    const ended = once(client.resume(), "end");
    await server.do("closeFd", id);
    await ended;

    expect(await agent.do("start", id)).toBe("SOCKET_CLOSED");
    client.destroy();
  });
});

describe("the end of a service", () => {
  test("closes its sockets behind its last words, and its listener", async () => {
    const { server, id, client, port } = await connected();
    await server.do("start", id);
    const all = allOf(client);
    void server.ask("lastWords", id).catch(() => {});

    expect(await all).toBe("good-bye");
    const other = await newHands();
    expect(await other.do("open", "127.0.0.1", port)).toBe("CONNECT_FAILED");
    client.destroy();
  });

  test("that is killed closes its sockets, also those that it never started", async () => {
    const { server, client } = await connected();
    const ended = once(client.resume(), "end");
    await kit.isonet.kill(server.address);

    await ended;
    client.destroy();
  });

  test("that is restarted closes them as well: its listener's port is free again", async () => {
    const keeper = `
import { commands, start as ready } from "isonet";
import * as socket from "isonet/socket";
let port = 0;
ready(async (wanted: number) => {
  const listening = await socket.listen("127.0.0.1", wanted);
  ({ port } = listening);
  await socket.start(listening.id, (id) => socket.start(id));
});
const hoard: unknown[] = [];
commands({
  port: () => port,
  crash: () => { for (;;) hoard.push(new Array(100_000).fill(hoard.length)); },
});
`;
    await using other = await startHost({ keeper });
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    const restart = { policy: "on-crash", backoffMs: 0 } as const;
    const address = (await other.isonet.newService(
      { name: "keeper", restart, memoryMb: 16 },
      port,
    )) as Address;
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");

    const ended = once(client.resume(), "end");
    await other.isonet.call(address, "lua", "crash").catch(() => {});
    await ended;
    client.destroy();

    expect(
      await until(async () => {
        const open = await other.isonet.call(address, "lua", "port").catch(() => 0);
        return open === 0 ? undefined : open;
      }),
    ).toBe(port);
  });
});

describe("an untrusted service", () => {
  const untrusted = { trust: "untrusted", owner: "ann" } as const;

  test("has no sockets without allow.net", async () => {
    const { do: act, ask } = await newHands(untrusted);

    expect(await act("listen", "127.0.0.1:0")).toBe("CAPABILITY_MISSING");
    expect(await ask("why", "listen", "127.0.0.1:0")).toMatch(
      /may not send "lua" to :01000008: it has no allow.net, and so no sockets/,
    );
    expect(await ask("why", "open", "127.0.0.1:80")).toMatch(/no allow.net/);
  });

  test("has those that allow.net names, and talks through them", async () => {
    const allow = { net: { listen: ["127.0.0.1:*"] } };
    const { server, id, client } = await connected({ ...untrusted, allow });
    server.begin("echo", id);
    client.end("from a cell");

    expect(await allOf(client)).toBe("from a cell");
    expect(await server.do("listen", "0.0.0.0:0")).toBe("CAPABILITY_MISSING");
    expect(await server.ask("why", "open", "127.0.0.1:80")).toMatch(
      /may not connect to 127.0.0.1:80: allow.net.connect does not name it/,
    );
    expect(await server.do("resolve", "localhost")).toBe("CAPABILITY_MISSING");
  });

  test("sees and takes no socket of another's, but one that is abandoned to it", async () => {
    const { server, id, client } = await connected();
    const guest = await newHands({ ...untrusted, allow: { net: {} } });

    expect(await guest.do("netstat")).toEqual([]);
    expect(await guest.do("start", id)).toBe("NOT_PERMITTED");
    await guest.do("write", id, "forged");
    await server.do("abandon", id, guest.address);
    guest.begin("echo", id);
    client.end("mine");
    expect(await allOf(client)).toBe("mine");
  });

  test("that sends too many messages loses its socket, not bytes in the middle", async () => {
    const allow = { net: { listen: ["127.0.0.1:*"] } };
    const { server, id, client } = await connected({
      ...untrusted,
      allow,
      owner: "bob",
      sliceMs: 5000,
      cpuPerSecondMs: 1000,
    });
    await server.do("start", id);
    let received = "";
    client.on("data", (chunk) => {
      received += String(chunk);
    });
    client.on("error", () => {}); // the host resets it
    await server.ask("flood", id);
    // The next order that arrives tells that others are missing.
    await until(async () => {
      await server.do("write", id, "-later-");
      return client.readableEnded || client.destroyed ? true : undefined;
    });

    const count = Math.floor(received.length / 6);
    const sent = Array.from({ length: count }, (_, n) => String(n).padStart(6, "0")).join("");
    expect(received).toBe(sent);
    expect(count).toBeLessThan(30_000);
  });
});
