// HTTP servers of services, as their clients meet them: one host, one service, real connections.

import { once } from "node:events";
import { Agent, request as plainRequest, type IncomingMessage } from "node:http";
import { get as secureGet } from "node:https";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";
import { LineClient } from "../kit/line-client.ts";
import { selfSigned } from "../kit/self-signed.ts";

const web = `
import { call, commands, exit, sleep, start, wait, wakeup } from "isonet";
import { serve, type HttpRequest } from "isonet/http";

let streamed = 0;
let received = 0;
let aborted = 0;
let dropped = 0;

async function* large(bytes: number) {
  const piece = new Uint8Array(65536).fill(7);
  try {
    for (let sent = 0; sent < bytes; sent += piece.length) {
      streamed += piece.length;
      yield piece;
    }
  } finally {
    dropped++;
  }
}

async function upload(request: HttpRequest) {
  received = 0;
  for await (const piece of request.body) {
    if (received === 0 && request.query.held !== undefined) {
      await call(".watch", "lua", "held");
      await wait("upload");
    }
    received += piece.length;
  }
  return { body: String(received) };
}

const routes: Record<string, (request: HttpRequest) => unknown> = {
  "/hello": ({ query }) => ({ body: "hello " + query.name }),
  "/seen": ({ method, path, query, headers }) => ({ body: { method, path, query, many: headers["x-many"] } }),
  "/json": async (request) => ({ status: 201, body: await request.json() }),
  "/form": async (request) => ({ body: await request.form() }),
  "/text": async (request) => ({ body: await request.text(), headers: { "X-Own": ["a", "b"] } }),
  "/large": ({ query }) => ({ body: large(Number(query.bytes)) }),
  "/bytes": () => ({ body: new Uint8Array(200_000).fill(9) }),
  "/upload": upload,
  "/echo": (request) => ({ body: request.body }),
  "/unread": () => ({ body: "not read" }),
  "/boom": () => { throw new Error("a secret of the service"); },
  "/breaks": () => ({ body: (async function* () { yield "one"; throw new Error("a secret"); })() }),
  "/never": async () => { await call(".watch", "lua", "never"); await wait("never"); },
  "/aborted": async (request) => {
    request.onAbort(() => { aborted++; wakeup("aborted"); });
    await call(".watch", "lua", "waiting");
    await wait("aborted");
    await call(".watch", "lua", "aborted");
  },
  "/split": () => ({ headers: { "x-split": "a\\r\\nx-evil: b" } }),
  "/status": () => ({ status: 101 }),
  "/empty": () => ({ status: 204 }),
};

const table = commands({
  serve: async (options) => {
    const { port } = await serve(options, (request) => routes[request.path]?.(request) as never);
    return port;
  },
  figures: () => ({ streamed, received, aborted, dropped }),
  wake: (token: string) => wakeup(token),
  leave: () => exit(),
});

start(async (port?: number) => {
  if (port === undefined) return;
  await serve({ port }, () => ({ body: "here" }));
  await call(".watch", "lua", "served");
});
`;

const mebibyte = 1024 * 1024;
/** What the kernel and Node keep of a stream that nobody reads. */
const buffersMax = 24 * mebibyte;

let kit: TestHost;
let service: Address;
let port = 0;
/** Resolves when the service has told this. */
let told = new Map<string, () => void>();

function hears(what: string): Promise<void> {
  return new Promise((resolve) => void told.set(what, resolve));
}

beforeAll(async () => {
  kit = await startHost({ web });
  const { host, isonet } = kit;
  host.addHostService("watch", (api) => {
    const tell = (what: string) => (): void => told.get(what)?.();
    const names = ["served", "held", "never", "waiting", "aborted"];
    api.commands(Object.fromEntries(names.map((name) => [name, tell(name)])));
    void isonet.name(".watch", api.self());
  });
  service = await spawn();
  port = await serve(service, { port: 0 });
});
afterAll(() => kit[Symbol.asyncDispose]());

async function spawn(options: object = {}, ...args: unknown[]): Promise<Address> {
  return (await kit.isonet.newService({ name: "web", ...options }, ...args)) as Address;
}

function serve(address: Address, options: object): Promise<number> {
  return kit.isonet.call(address, "lua", "serve", options) as Promise<number>;
}

async function figures(): Promise<Record<"streamed" | "received" | "aborted" | "dropped", number>> {
  return (await kit.isonet.call(service, "lua", "figures")) as never;
}

function url(path: string, at = port): string {
  return `http://127.0.0.1:${at}${path}`;
}

async function status(path: string, init: RequestInit = {}, at = port): Promise<number> {
  const response = await fetch(url(path, at), init);
  await response.arrayBuffer();
  return response.status;
}

/** A request whose answer is not read until the test does. */
async function open(path: string): Promise<IncomingMessage> {
  const request = plainRequest(url(path), { agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** What a server says to these lines, until it hangs up. */
async function say(lines: readonly string[], at = port): Promise<string> {
  using client = new LineClient("a client", at);
  client.send(...lines.map((line) => `${line}\r`));
  await client.closed;
  return client.text;
}

/** The lines of the answers' status. */
function statuses(answers: string): string[] {
  return answers.match(/(?<=HTTP\/1\.1 )\d+/g) ?? [];
}

describe("a server of a service", () => {
  test("answers with what its handler gives, by path, query and body", async () => {
    expect(await (await fetch(url("/hello?name=ann+b%C3%A9"))).text()).toBe("hello ann bé");
    const seen = await fetch(url("/seen?a=1&b=2&a=3%26"), { headers: { "x-many": "one" } });
    expect(await seen.json()).toEqual({
      method: "GET",
      path: "/seen",
      query: { a: ["1", "3&"], b: "2" },
      many: "one",
    });
    expect(seen.headers.get("content-type")).toBe("application/json");
    const json = await fetch(url("/json"), { method: "POST", body: '{"x":[7,11]}' });
    expect([json.status, await json.json()]).toEqual([201, { x: [7, 11] }]);
    const form = await fetch(url("/form"), { method: "POST", body: "a=1&a=2&b=x+y" });
    expect(await form.json()).toEqual({ a: ["1", "2"], b: "x y" });
    const own = await fetch(url("/text"), { method: "PUT", body: "naïve" });
    expect([await own.text(), own.headers.get("x-own")]).toEqual(["naïve", "a, b"]);
    expect((await (await fetch(url("/bytes"))).arrayBuffer()).byteLength).toBe(200_000);
    expect(await status("/nothing")).toBe(404);
    expect(await status("/empty")).toBe(204);
  });

  test("answers HEAD with the head alone, and does not run the stream", async () => {
    const before = await figures();

    const head = await fetch(url("/large?bytes=1000000"), { method: "HEAD" });

    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await figures()).streamed).toBe(before.streamed);
  });

  test("answers a thousand requests of one connection in their order", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();

    const answers = Array.from({ length: 1000 }, async (_, index) => {
      const request = plainRequest(url(`/hello?name=${index}`), { agent });
      request.once("socket", (socket) => sockets.add(socket));
      request.end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return text(response);
    });

    expect(await Promise.all(answers)).toEqual(answers.map((_, index) => `hello ${index}`));
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  test("answers requests sent ahead in their order, and hangs up on too many", async () => {
    const ahead = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => [
        `GET /hello?name=${index} HTTP/1.1`,
        `connection: ${index === count - 1 ? "close" : "keep-alive"}`,
        "",
      ]).flat();

    const few = await say(ahead(40));
    const many = await say(ahead(500));

    expect(few.match(/hello \d+/g)).toEqual(Array.from({ length: 40 }, (_, at) => `hello ${at}`));
    expect(statuses(many).length).toBeLessThan(500);
  });

  test("tells nothing of an error but the status, and goes on", async () => {
    const boom = await fetch(url("/boom"));

    expect([boom.status, await boom.text()]).toEqual([500, ""]);
    expect(await status("/split")).toBe(500);
    expect(await status("/status")).toBe(500);
    expect(await status("/json", { method: "POST", body: "{" })).toBe(500);
    await expect(buffer(await open("/breaks"))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(await status("/hello")).toBe(200);
  });

  test("gives up a handler that does not answer in time", async () => {
    const at = await serve(service, { port: 0, requestMs: 50 });

    expect(await status("/never", {}, at)).toBe(504);
  });

  test("tells the handler when its client has gone", async () => {
    const waiting = hears("waiting");
    const heard = hears("aborted");
    const request = plainRequest(url("/aborted"), { agent: false }).on("error", () => {});
    request.end();
    await waiting;

    request.destroy();

    await heard;
    expect((await figures()).aborted).toBe(1);
  });

  test("speaks HTTPS with a certificate of its service", async () => {
    const at = await serve(service, { port: 0, tls: { ...selfSigned } });

    const request = secureGet(`https://127.0.0.1:${at}/hello?name=tls`, { ca: selfSigned.cert });
    const [response] = (await once(request, "response")) as [IncomingMessage];

    expect(await text(response)).toBe("hello tls");
  });
});

describe("a body", () => {
  test("is streamed to a slow reader as it reads, and no further", async () => {
    const bytes = 64 * mebibyte;
    const before = (await figures()).streamed;
    const slow = await open(`/large?bytes=${bytes}`);

    for (let index = 0; index < 300; index++) await status("/hello");
    const ahead = (await figures()).streamed - before;

    expect(ahead).toBeLessThan(buffersMax);
    let read = 0;
    for await (const piece of slow) read += (piece as Buffer).length;
    expect(read).toBe(bytes);
  });

  test("is no longer made when its reader has gone", async () => {
    const before = (await figures()).dropped;
    const slow = await open(`/large?bytes=${1024 * mebibyte}`);

    slow.destroy();

    // The stream is dropped behind its last piece: each answer here is behind it some time.
    for (let tries = 0; tries < 1000 && (await figures()).dropped === before; tries++) {
      await status("/hello");
    }
    expect((await figures()).dropped).toBe(before + 1);
  });

  test("is taken from its sender as the service reads it, and no further", async () => {
    const bytes = 64 * mebibyte;
    const at = await serve(service, { port: 0, bodyBytesMax: bytes });
    const held = hears("held");
    const request = plainRequest(url("/upload?held", at), {
      agent: false,
      method: "POST",
      headers: { "content-length": bytes },
    });
    const answer = once(request, "response") as Promise<[IncomingMessage]>;
    for (let sent = 0; sent < bytes; sent += mebibyte) request.write(Buffer.alloc(mebibyte, 7));
    request.end();

    await held;
    for (let index = 0; index < 300; index++) await status("/hello");
    const { socket } = request;

    expect(Number(socket?.bytesWritten) - Number(socket?.writableLength)).toBeLessThan(buffersMax);
    await kit.isonet.call(service, "lua", "wake", "upload");
    expect(await text((await answer)[0])).toBe(String(bytes));
  });

  test("is streamed up and down at once", async () => {
    const request = plainRequest(url("/echo"), { agent: false, method: "POST" });
    request.flushHeaders();
    const [response] = (await once(request, "response")) as [IncomingMessage];

    for (const part of ["one", "two", "three"]) {
      request.write(part);
      const [piece] = (await once(response, "data")) as [Buffer];
      expect(piece.toString()).toBe(part);
    }
    request.end();

    await once(response, "end");
  });

  test("over its bound is refused, by its length or on its way", async () => {
    const at = await serve(service, { port: 0, bodyBytesMax: 100_000 });
    const post = (bytes: number): RequestInit => ({ method: "POST", body: new Uint8Array(bytes) });

    expect(await status("/upload", post(100_000), at)).toBe(200);
    expect(await status("/upload", post(100_001), at)).toBe(413);
    const chunked = await say(
      ["POST /upload HTTP/1.1", "transfer-encoding: chunked", "", "186a1", "x".repeat(100_001)],
      at,
    );
    expect(statuses(chunked)).toEqual(["413"]);
  });

  test("that nobody reads does not take the answer along", async () => {
    const body = new Uint8Array(900_000);

    const response = await fetch(url("/unread"), { method: "POST", body });

    expect([response.status, await response.text()]).toEqual([200, "not read"]);
  });
});

describe("a peer", () => {
  test.each([
    ["a head over its bound", ["GET / HTTP/1.1", `x: ${"y".repeat(9000)}`, ""], "413"],
    ["what is not HTTP", ["hello there", ""], "400"],
    ["a header without a name", ["GET / HTTP/1.1", ": x", ""], "400"],
    ["another version", ["GET / HTTP/2.0", ""], "505"],
    ["an unknown encoding", ["POST / HTTP/1.1", "transfer-encoding: gzip", "", ""], "501"],
    [
      "a length and chunks",
      ["POST / HTTP/1.1", "content-length: 5", "transfer-encoding: chunked", "", "0", ""],
      "400",
    ],
    ["a negative length", ["POST / HTTP/1.1", "content-length: -5", "", ""], "400"],
  ])("that sends %s is told so and closed", async (_name, lines, expected) => {
    expect(statuses(await say(lines))).toEqual([expected]);
  });

  test("that takes too long for its request is told so and closed", async () => {
    const at = await serve(service, { port: 0, receiveMs: 100 });
    using slow = new LineClient("a slow client", at);
    slow.send("GET /hello HTTP/1.1\r", "x-one: 1\r");

    await slow.closed;

    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("that says nothing is closed", async () => {
    const at = await serve(service, { port: 0, idleMs: 50 });
    using silent = new LineClient("a silent client", at);

    await silent.closed;

    expect(silent.text).toBe("");
  });

  test("beyond connectionsMax is closed at once, and the others are served", async () => {
    const at = await serve(service, { port: 0, connectionsMax: 2 });
    using first = new LineClient("the first", at);
    using second = new LineClient("the second", at);
    first.send("GET /hello?name=1 HTTP/1.1\r", "\r");
    second.send("GET /hello?name=2 HTTP/1.1\r", "\r");
    await first.saw(/hello 1/);
    await second.saw(/hello 2/);

    using third = new LineClient("the third", at);
    await third.closed;

    first.send("GET /hello?name=3 HTTP/1.1\r", "\r");
    await first.saw(/hello 3/);
  });
});

describe("a service that serves", () => {
  test("leaves its requests with 503 when it is killed, and its port free", async () => {
    const other = await spawn();
    const at = await serve(other, { port: 0 });
    const never = hears("never");
    const answer = fetch(url("/never", at));
    await never;

    await kit.isonet.kill(other);

    const response = await answer;
    expect([response.status, response.headers.get("connection")]).toEqual([503, "close"]);
    expect(await serve(service, { port: at })).toBe(at);
  });

  test("serves again on its port when it is restarted in its place", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port: at } = probe.address() as AddressInfo;
    await new Promise((resolve) => void probe.close(resolve));
    const first = hears("served");
    const restart = { policy: "always", backoffMs: 0 };
    const again = await spawn({ restart }, at);
    await first;
    expect(await (await fetch(url("/", at))).text()).toBe("here");

    const second = hears("served");
    kit.isonet.send(again, "lua", "leave");
    await second;

    expect(await (await fetch(url("/", at))).text()).toBe("here");
    await kit.isonet.kill(again);
  });

  test("is refused a port in use, bad options, and a server more than the host may have", async () => {
    const other = await spawn();
    await expect(serve(other, { port })).rejects.toMatchObject({ remoteCode: "PORT_IN_USE" });
    const invalid = { remoteCode: "ARGUMENT_INVALID" };
    await expect(serve(other, { port: 70_000 })).rejects.toMatchObject(invalid);
    await expect(serve(other, { host: "no.such.host.invalid" })).rejects.toMatchObject(invalid);
    await expect(serve(other, { tls: { cert: "x", key: "y" } })).rejects.toMatchObject(invalid);
    await expect(serve(other, { requestMs: "long" })).rejects.toMatchObject(invalid);

    const limit = async (): Promise<void> => {
      for (let count = 0; count < 65; count++) await serve(other, { port: 0 });
    };
    await expect(limit()).rejects.toMatchObject({ remoteCode: "HTTP_LIMIT" });
    await kit.isonet.kill(other);
    expect(await status("/hello")).toBe(200);
  });

  test("that is untrusted opens the ports that its launch allows, and no other", async () => {
    const untrusted = { trust: "untrusted", owner: "ann" } as const;
    const stranger = await spawn({ ...untrusted, allow: { net: { listen: ["127.0.0.1:0"] } } });
    const at = await serve(stranger, { port: 0 });
    const refused = { remoteCode: "CAPABILITY_MISSING" };

    expect(await (await fetch(url("/hello?name=ann", at))).text()).toBe("hello ann");
    const up = await fetch(url("/upload", at), { method: "POST", body: new Uint8Array(500_000) });
    expect(await up.text()).toBe("500000");
    expect((await (await fetch(url("/bytes", at))).arrayBuffer()).byteLength).toBe(200_000);
    await expect(serve(stranger, { port: 8001 })).rejects.toMatchObject(refused);
    await expect(serve(await spawn(untrusted), { port: 0 })).rejects.toMatchObject(refused);
  });

  test("leaves nothing behind: no request is open and its servers are listed", async () => {
    const info = (await kit.isonet.call(".http", "lua", "info")) as Record<string, string>;

    expect(info["requests"]).toMatch(/^served 0, asked 0, sockets 0$/);
    expect(info[`http://127.0.0.1:${port}`]).toMatch(/^:\w{8} \d+ of 4096 connections$/);
  });
});

test("a socket that is opened and closed ten times a request costs nobody anything", async () => {
  for (let index = 0; index < 200; index++)
    connect(port, "127.0.0.1")
      .on("error", () => {})
      .destroy();

  expect(await status("/hello")).toBe(200);
});
