// HTTP requests of services, to servers of this test that behave in every way.

import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createPlainServer, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";
import { selfSigned } from "../kit/self-signed.ts";

const asker = `
import { commands } from "isonet";
import { get, head, post, request, requestStream } from "isonet/http";

const streams: Awaited<ReturnType<typeof requestStream>>[] = [];

commands({
  async request(method: string, url: string, options) {
    const reply = await request(method, url, options);
    const { status, headers, url: last } = reply;
    return { status, many: headers["x-many"], url: last, text: reply.text() };
  },
  get: async (url: string) => (await get(url)).json(),
  async head(url: string) {
    const { status, body } = await head(url);
    return [status, body.length];
  },
  post: async (url: string, form) => (await post(url, form)).json(),
  async stream(url: string) {
    const stream = await requestStream("GET", url);
    let bytes = 0;
    for await (const piece of stream) bytes += piece.length;
    return [stream.status, bytes];
  },
  async open(url: string) {
    const stream = await requestStream("GET", url, { timeoutMs: 20_000 });
    streams.push(stream);
    return (await stream.read())?.length;
  },
  async read() {
    for (let pieces = 0; ; pieces++) if ((await streams[0]?.read()) === undefined) return pieces;
  },
  async leave(url: string) {
    for await (const _piece of await requestStream("GET", url)) return true;
    return false;
  },
  flood: (url: string) => Promise.all(Array.from({ length: 1025 }, () => get(url))),
});
`;

const mebibyte = 1024 * 1024;
let kit: TestHost;
let service: Address;
let server: Server;
let at = "";
/** Connections of the server that are open. */
const sockets = new Set<Socket>();
let gone = (): void => {};

const routes: Record<string, RequestListener> = {
  "/echo": (request, response) => {
    void text(request).then((body) => {
      const { method, headers } = request;
      response.setHeader("x-many", ["a", "b"]).setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ method, body, headers }));
    });
  },
  "/here": (_request, response) => void response.writeHead(302, { location: "/there" }).end(),
  "/there": (request, response) => void response.end(`there by ${request.method}`),
  "/outside": (_request, response) =>
    void response.writeHead(307, { location: "http://localhost:1/" }).end(),
  "/away": (_request, response) =>
    void response.writeHead(301, { location: "ftp://example.org/" }).end(),
  "/large": (_request, response) => void response.end(Buffer.alloc(mebibyte + 1)),
  "/huge": (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more).on("close", () => gone());
    more();
  },
  "/never": () => {},
  "/stalls": (_request, response) => void response.write("one"),
  "/breaks": (request, response) => {
    response.writeHead(200, { "content-length": 100 }).write("one");
    setImmediate(() => request.socket.destroy());
  },
  "/wide": (_request, response) => void response.setHeader("x", "y".repeat(9000)).end(),
};

beforeAll(async () => {
  const listener: RequestListener = (request, response) =>
    routes[new URL(request.url ?? "", "http://x").pathname]?.(request, response);
  server = createServer(listener).listen(0, "127.0.0.1");
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server, "listening");
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kit = await startHost({ asker });
  service = (await kit.isonet.newService("asker")) as Address;
});
afterAll(async () => {
  server.close().closeAllConnections();
  await kit[Symbol.asyncDispose]();
});

function ask<T>(command: string, ...args: readonly unknown[]): Promise<T> {
  return kit.isonet.call(service, "lua", command, ...args) as Promise<T>;
}

type Shown = { status: number; url: string; text: string; many: unknown };

describe("a request of a service", () => {
  test("carries method, headers and body, and gives status, headers and body", async () => {
    const options = { headers: { "X-Own": "7", "x-list": ["a", "b"] }, body: { a: 1 } };

    const reply = await ask<Shown>("request", "PUT", `${at}/echo?q=1#part`, options);

    expect(reply).toMatchObject({ status: 200, many: ["a", "b"], url: `${at}/echo?q=1` });
    expect(JSON.parse(reply.text)).toMatchObject({
      method: "PUT",
      body: '{"a":1}',
      headers: { "x-own": "7", "x-list": "a, b", "content-type": "application/json" },
    });
  });

  test("has forms, JSON and heads in short", async () => {
    expect(await ask("get", `${at}/echo`)).toMatchObject({
      method: "GET",
      headers: { "content-length": "0" },
    });
    expect(await ask("post", `${at}/echo`, { a: "x y&", b: [1, 2] })).toMatchObject({
      body: "a=x%20y%26&b=1&b=2",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(await ask("head", `${at}/large`)).toEqual([200, 0]);
  });

  test("follows as many redirects as it asks for, and none by itself", async () => {
    expect(await ask("request", "GET", `${at}/here`)).toMatchObject({ status: 302 });
    const followed = { status: 200, url: `${at}/there`, text: "there by GET" };
    expect(await ask("request", "POST", `${at}/here`, { redirects: 1 })).toMatchObject(followed);
    const away = ask("request", "GET", `${at}/away`, { redirects: 1 });
    await expect(away).rejects.toMatchObject({ remoteCode: "HTTP_INVALID" });
  });

  test("reads a body of any size in pieces, as they are asked for", async () => {
    expect(await ask("stream", `${at}/large`)).toEqual([200, mebibyte + 1]);
    const left = new Promise<void>((resolve) => {
      gone = resolve;
    });

    expect(await ask("leave", `${at}/huge`)).toBe(true);

    await left;
  });

  test.each([
    ["a server that is not there", "http://127.0.0.1:1/", {}, "HTTP_UNREACHABLE"],
    ["a name that is none", "http://no.such.host.invalid/", {}, "HTTP_UNREACHABLE"],
    ["an answer that breaks off", "/breaks", {}, "HTTP_UNREACHABLE"],
    ["an answer that does not come", "/never", { timeoutMs: 50 }, "HTTP_TIMEOUT"],
    ["an answer that stalls", "/stalls", { timeoutMs: 50 }, "HTTP_TIMEOUT"],
    ["a body over its bound", "/large", {}, "HTTP_TOO_LARGE"],
    ["a head over its bound", "/wide", {}, "HTTP_TOO_LARGE"],
    ["another scheme", "file:///etc/passwd", {}, "ARGUMENT_INVALID"],
    ["a header of two lines", "/echo", { headers: { x: "a\r\ny: b" } }, "ARGUMENT_INVALID"],
    ["a time that is none", "/echo", { timeoutMs: -1 }, "ARGUMENT_INVALID"],
  ])("ends with %s under its code", async (_name, path, options, code) => {
    const url = path.startsWith("/") ? at + path : path;

    await expect(ask("request", "GET", url, options)).rejects.toMatchObject({ remoteCode: code });
  });

  test("ends with what is not HTTP under its code", async () => {
    const nonsense = createPlainServer((socket) => void socket.end("hello\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(nonsense, "listening");
    const { port } = nonsense.address() as AddressInfo;

    await expect(ask("request", "GET", `http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      remoteCode: "HTTP_INVALID",
    });
    nonsense.close();
  });

  test("believes a certificate that it is told to, and no other", async () => {
    const secure = createSecureServer({ ...selfSigned }, (_request, response) => {
      response.end("secret");
    });
    await once(secure.listen(0, "127.0.0.1"), "listening");
    const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;

    const { cert: ca } = selfSigned;
    expect(await ask("request", "GET", url, { ca })).toMatchObject({ text: "secret" });
    expect(await ask("request", "GET", url, { insecure: true })).toMatchObject({ text: "secret" });
    await expect(ask("request", "GET", url)).rejects.toMatchObject({
      remoteCode: "HTTP_UNREACHABLE",
    });
    secure.close().closeAllConnections();
  });
});

describe("requests of a service", () => {
  test("are 1,024 at a time, and end with it", async () => {
    const other = (await kit.isonet.newService("asker")) as Address;
    const flood = kit.isonet.call(other, "lua", "flood", `${at}/never`);

    await expect(flood).rejects.toMatchObject({ remoteCode: "HTTP_LIMIT" });
    const all = [...sockets].map((socket) => once(socket, "close"));
    await kit.isonet.kill(other);

    await Promise.all(all);
    const info = (await kit.isonet.call(".http", "lua", "info")) as Record<string, string>;
    expect(info["requests"]).toMatch(/asked 0/);
  });

  test("of an untrusted one go where its launch allows, redirects included", async () => {
    const options = { name: "asker", trust: "untrusted", owner: "ann" } as const;
    const net = { connect: [at.slice("http://".length)] };
    const stranger = (await kit.isonet.newService({ ...options, allow: { net } })) as Address;
    const get = (url: string): Promise<unknown> =>
      kit.isonet.call(stranger, "lua", "request", "GET", url, { redirects: 1 });

    expect(await get(`${at}/here`)).toMatchObject({ text: "there by GET" });
    for (const url of ["http://localhost:1/", `${at}/outside`, "http://[::1]/"]) {
      await expect(get(url)).rejects.toMatchObject({ remoteCode: "CAPABILITY_MISSING" });
    }
  });
});
