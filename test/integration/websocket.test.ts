// WebSocket connections of services: accepted, handed over and opened, with peers of this test.

import { once } from "node:events";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startHost, type TestHost } from "../kit/host.ts";
import { LineClient } from "../kit/line-client.ts";
import { selfSigned } from "../kit/self-signed.ts";

const web = `
import { call, commands, getEnv, newService, send, start, wait, wakeup } from "isonet";
import { serve } from "isonet/http";
import * as websocket from "isonet/websocket";

let watch = "";
start(async () => {
  watch = (await getEnv("watch")) ?? "";
});

const events: unknown[] = [];
const ids: number[] = [];
let handled = 0;

const note = (what: string) => (id: number, ...rest: unknown[]) => {
  events.push([what, ...rest]);
  send(watch, "lua", "happened", what);
};
const noting = {
  connect: note("connect"),
  handshake: (id, headers, url) => note("handshake")(id, headers["x-own"], url),
  message: note("message"),
  ping: note("ping"),
  pong: note("pong"),
  close: note("close"),
  error: note("error"),
  warning: note("warning"),
};
const echo = { message: (id, data) => websocket.write(id, data) };
const boom = { message() { throw new Error("boom"); } };
const held = {
  async message() {
    if (++handled > 1) return;
    send(watch, "lua", "happened", "held");
    await wait("held");
  },
};

commands({
  async serve(options) {
    const server = await serve({ port: 0, ...options }, async (request) => {
      const { path, isUpgrade, id } = request;
      ids.push(id);
      if (path === "/echo" && isUpgrade) return websocket.upgrade(request, echo);
      if (path === "/note") return websocket.upgrade(request, noting, { protocol: "chat" });
      if (path === "/boom") return websocket.upgrade(request, boom);
      if (path === "/held") return websocket.upgrade(request, held);
      if (path === "/agent") {
        const agent = await newService("web");
        await call(agent, "lua", "take", id);
        return websocket.upgrade(request, agent);
      }
      if (path === "/nobody") return websocket.upgrade(request, await newService("web"));
      return { status: 403, body: "not here" };
    });
    return server.port;
  },
  take(id: number) {
    ids.push(id);
    const message = (on, data) => websocket.write(on, "agent: " + data);
    websocket.accept(id, { ...noting, message });
  },
  last: () => ids.at(-1),
  events: () => events.splice(0),
  handled: () => handled,
  wake: (token: string) => wakeup(token),
  write: (id: number, data, kind) => websocket.write(id, data, kind),
  flood(id: number, count: number) {
    for (let at = 0; at < count; at++) websocket.write(id, new Uint8Array(60_000));
  },
  async politely(id: number, count: number) {
    for (let at = 0; at < count; at++) {
      websocket.write(id, new Uint8Array(60_000));
      await websocket.drained(id);
    }
    return websocket.isClosed(id);
  },
  ping: (id: number, data) => websocket.ping(id, data),
  close: (id: number, code, reason) => websocket.close(id, code, reason),
  about: (id: number) => [websocket.addrInfo(id), websocket.realIp(id), websocket.isClosed(id)],
  handOver: (id: number, to) => websocket.handOver(id, to),
  async dial(url: string, options, texts: string[]) {
    const id = await websocket.connect(url, options);
    const answers = [];
    for (const text of texts) { websocket.write(id, text); answers.push(await websocket.read(id)); }
    websocket.close(id);
    answers.push(await websocket.read(id));
    return answers;
  },
  open: (url: string) => websocket.connect(url, echo),
});
`;

let kit: TestHost;
let service: Address;
let port = 0;
const told = new Map<string, () => void>();

function happens(what: string): Promise<void> {
  return new Promise((resolve) => void told.set(what, resolve));
}

beforeAll(async () => {
  kit = await startHost({ web });
  const { host, isonet } = kit;
  const watch = host.addHostService("watch", (api) => {
    api.commands({ happened: (what: string) => told.get(what)?.() });
  });
  await isonet.setEnv("watch", isonet.address(watch));
  service = (await isonet.newService("web")) as Address;
  port = await ask<number>("serve", {});
});
afterAll(() => kit[Symbol.asyncDispose]());

function ask<T>(command: string, ...args: readonly unknown[]): Promise<T> {
  return kit.isonet.call(service, "lua", command, ...args) as Promise<T>;
}

async function dial(path: string, options: object = {}, at = port): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, options);
  await once(socket, "open");
  return socket;
}

async function next(socket: WebSocket): Promise<string | Buffer> {
  const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  return isBinary ? data : data.toString();
}

async function closed(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return [code, reason.toString()];
}

describe("a connection that a service accepts", () => {
  test("carries texts and bytes both ways, in their order", async () => {
    const socket = await dial("/echo");
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer, isBinary) => {
        answers.push(isBinary ? data.toString("hex") : data.toString());
        if (answers.length === 501) resolve();
      });
    });

    for (let index = 0; index < 500; index++) socket.send(`text ${index} ü`);
    socket.send(Buffer.from([0, 255]));
    await all;

    const texts = Array.from({ length: 500 }, (_, index) => `text ${index} ü`);
    expect(answers).toEqual([...texts, "00ff"]);
    socket.terminate();
  });

  test("tells its service of everything that happens, in order", async () => {
    const headers = { "x-own": "7", "x-real-ip": "10.0.0.9" };
    const url = `ws://127.0.0.1:${port}/note?room=1`;
    const socket = new WebSocket(url, ["other", "chat"], { headers });
    await once(socket, "open");
    expect(socket.protocol).toBe("chat");
    const id = await ask<number>("last");
    const pong = happens("pong");
    const ponged = once(socket, "pong");

    socket.ping("are you there");
    expect(String((await ponged)[0])).toBe("are you there");
    await ask("ping", id, "and you");
    await pong;
    socket.send("hello");
    socket.send(Buffer.from([7]));
    expect(await ask("about", id)).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      "10.0.0.9",
      false,
    ]);
    const close = happens("close");
    socket.close(3007, "enough");
    await close;

    expect(await ask("events")).toEqual([
      ["connect"],
      ["handshake", "7", "/note?room=1"],
      ["ping", new Uint8Array(Buffer.from("are you there"))],
      ["pong", new Uint8Array(Buffer.from("and you"))],
      ["message", "hello", "text"],
      ["message", new Uint8Array([7]), "binary"],
      ["close", 3007, "enough"],
    ]);
    expect(await ask("about", id)).toEqual([undefined, undefined, true]);
  });

  test("is closed by its service with a code and a reason", async () => {
    const socket = await dial("/echo");

    const farewell = closed(socket);
    await ask("close", await ask("last"), 4001, "full");

    expect(await farewell).toEqual([4001, "full"]);
  });

  test("is closed when its handler throws", async () => {
    const socket = await dial("/boom");

    socket.send("x");

    expect(await closed(socket)).toEqual([1011, ""]);
  });

  test("is closed for a message over its bound, and its service hears why", async () => {
    const opened = happens("handshake");
    const socket = await dial("/note");
    await opened;
    await ask("events");
    const close = happens("close");

    socket.send(Buffer.alloc(256 * 1024));
    socket.send(Buffer.alloc(256 * 1024 + 1));

    expect(await closed(socket)).toEqual([1009, ""]);
    await close;
    const events = await ask<[string, ...unknown[]][]>("events");
    expect(events.map(([what]) => what)).toEqual(["message", "error", "close"]);
  });

  test("does not read a peer while its service handles what has come", async () => {
    const socket = await dial("/held");
    const held = happens("held");
    const bytes = 32 * 1024 * 1024;
    const piece = Buffer.alloc(128 * 1024);

    for (let sent = 0; sent < bytes; sent += piece.length) socket.send(piece);
    await held;
    for (let index = 0; index < 200; index++) await ask("handled");

    expect(socket.bufferedAmount).toBeGreaterThan(8 * 1024 * 1024);
    await ask("wake", "held");
    for (
      let tries = 0;
      tries < 20_000 && (await ask<number>("handled")) < bytes / piece.length;
      tries++
    );
    expect(socket.bufferedAmount).toBe(0);
    socket.terminate();
  });

  test("warns of a peer that does not read, and cuts it off beyond the bound", async () => {
    const at = await ask<number>("serve", { websocket: { waitingBytesMax: 8 * 1024 * 1024 } });
    const opened = happens("handshake");
    const socket = await dial("/note", {}, at);
    const close = happens("close");
    await opened;
    await ask("events");
    socket.pause();

    await ask("flood", await ask("last"), 600);

    await close;
    const events = await ask<[string, ...unknown[]][]>("events");
    const warnings = events.slice(0, -2).map(([, kibibytes]) => Number(kibibytes));
    expect(warnings.length).toBeGreaterThan(1);
    expect(warnings[0]).toBeGreaterThanOrEqual(1024);
    expect(events.slice(-2).map(([what]) => what)).toEqual(["error", "close"]);
    expect(String(events.at(-2)?.[1])).toMatch(/reads too slowly \(waitingBytesMax\)/);
    socket.terminate();
  });

  test("takes any amount from a service that waits for its peer", async () => {
    const socket = await dial("/note");
    let bytes = 0;
    socket.on("message", (data: Buffer) => (bytes += data.length));

    const isClosed = await ask("politely", await ask("last"), 600);
    const farewell = closed(socket);
    await ask("close", await ask("last"));
    await farewell;

    expect([isClosed, bytes]).toEqual([false, 36_000_000]);
  });
});

describe("a connection of an agent", () => {
  test("is handled by the service it is given to, and ends with it alone", async () => {
    const [ann, bob] = [await dial("/agent"), await dial("/agent")];
    ann.send("hello");
    expect(await next(ann)).toBe("agent: hello");
    const list = await kit.isonet.call(".launcher", "lua", "list");
    const agents = Object.keys(list as object).slice(-2);

    const farewell = closed(ann);
    await kit.isonet.kill(agents[0] as string);

    expect(await farewell).toEqual([1001, ""]);
    bob.send("still here");
    expect(await next(bob)).toBe("agent: still here");
    bob.terminate();
  });

  test("is handed over with what has not been handled", async () => {
    const socket = await dial("/echo");
    const id = await ask<number>("last");
    const agent = (await kit.isonet.newService("web")) as Address;
    socket.send("one");
    expect(await next(socket)).toBe("one");

    await ask("handOver", id, agent);
    socket.send("two");
    const two = next(socket);
    await kit.isonet.call(agent, "lua", "take", id);

    expect(await two).toBe("agent: two");
    const more = next(socket);
    await ask("write", id, "from another service");
    expect(await more).toBe("from another service");
    socket.terminate();
  });
});

describe("a handshake", () => {
  const lines = (...more: readonly string[]): string[] => [
    "GET /echo HTTP/1.1\r",
    "host: x\r",
    "connection: upgrade\r",
    "upgrade: websocket\r",
    ...more.map((line) => `${line}\r`),
    "\r",
  ];

  test.each([
    ["without a key", ["sec-websocket-version: 13"], 400],
    ["with a short key", ["sec-websocket-key: abc", "sec-websocket-version: 13"], 400],
    ["of another version", [`sec-websocket-key: ${"A".repeat(22)}==`], 426],
  ])("%s is refused", async (_name, more, status) => {
    using client = new LineClient("a client", port);

    client.send(...lines(...more));

    await client.saw(new RegExp(`HTTP/1\\.1 ${status} `));
    await client.closed;
  });

  test("that the service does not want has the service's answer", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/elsewhere`);
    socket.on("error", () => {});

    const [, response] = (await once(socket, "unexpected-response")) as [
      unknown,
      { statusCode: number },
    ];

    expect(response.statusCode).toBe(403);
  });

  test("is over TLS where the server is", async () => {
    const at = await ask<number>("serve", { tls: { ...selfSigned } });
    const socket = new WebSocket(`wss://127.0.0.1:${at}/echo`, { ca: selfSigned.cert });
    await once(socket, "open");

    socket.send("secret");

    expect(await next(socket)).toBe("secret");
    socket.terminate();
  });
});

describe("a connection that a service opens", () => {
  let peer: WebSocketServer;
  let url = "";

  beforeAll(async () => {
    peer = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    peer.on("connection", (socket, request) => {
      socket.on("message", (data: Buffer) => {
        socket.send(`${String(request.headers["x-own"])} ${data.toString()}`);
      });
    });
    await once(peer, "listening");
    url = `ws://127.0.0.1:${(peer.address() as { port: number }).port}`;
  });
  afterAll(() => {
    for (const socket of peer.clients) socket.terminate();
    peer.close();
  });

  test("is written and read, and undefined at its end", async () => {
    const answers = await ask("dial", url, { headers: { "X-Own": 7 } }, ["one", "two"]);

    expect(answers).toEqual(["7 one", "7 two", undefined]);
  });

  test("fails under the code of what is wrong", async () => {
    const refused = ask("dial", `ws://127.0.0.1:${port}/elsewhere`, {}, []);
    await expect(refused).rejects.toMatchObject({ remoteCode: "HTTP_INVALID" });
    const nowhere = ask("dial", "ws://127.0.0.1:1/", {}, []);
    await expect(nowhere).rejects.toMatchObject({ remoteCode: "HTTP_UNREACHABLE" });
    const http = ask("dial", "http://127.0.0.1:1/", {}, []);
    await expect(http).rejects.toMatchObject({ remoteCode: "ARGUMENT_INVALID" });
  });

  test("ends with its service", async () => {
    const other = (await kit.isonet.newService("web")) as Address;
    const connected = once(peer, "connection") as Promise<[WebSocket]>;
    await kit.isonet.call(other, "lua", "open", url);
    const [socket] = await connected;

    const farewell = closed(socket);
    await kit.isonet.kill(other);

    expect(await farewell).toEqual([1001, ""]);
  });
});

test("connections that have ended are forgotten", async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => dial("/echo")));
  for (const [index, socket] of sockets.entries()) {
    if (index % 2 === 0) socket.terminate();
    else socket.close();
  }

  let requests = "";
  for (let tries = 0; tries < 10_000 && !requests.endsWith("sockets 0"); tries++) {
    const info = (await kit.isonet.call(".http", "lua", "info")) as Record<string, string>;
    requests = info["requests"] ?? "";
  }
  expect(requests).toBe("served 0, asked 0, sockets 0");
});
