// HTTP servers of services, as their clients meet them: one host, one service, real connections.

import { once } from "node:events";
import { Agent, request as plainRequest, type IncomingMessage } from "node:http";
import { get as secureGet } from "node:https";
import { connect, type Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LineClient } from "../kit/line-client.ts";
import { selfSigned } from "../kit/self-signed.ts";
import { WebKit } from "../kit/web-kit.ts";

const mebibyte = 1024 * 1024;
/** What the kernel and Node keep of a stream that nobody reads. */
const buffersMax = 16 * mebibyte;

let web: WebKit;

beforeAll(async () => {
  web = await WebKit.start();
});
afterAll(() => web[Symbol.asyncDispose]());

/** What a server says to these lines, until it hangs up. */
async function say(lines: readonly string[], at = web.port): Promise<string> {
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
    expect(await (await fetch(web.url("/hello?name=ann+b%C3%A9"))).text()).toBe("hello ann bé");
    const seen = await fetch(web.url("/seen?a=1&b=2&a=3%26"), { headers: { "x-many": "one" } });
    expect(await seen.json()).toEqual({
      method: "GET",
      path: "/seen",
      query: { a: ["1", "3&"], b: "2" },
      many: "one",
    });
    expect(seen.headers.get("content-type")).toBe("application/json");
    const json = await fetch(web.url("/json"), { method: "POST", body: '{"x":[7,11]}' });
    expect([json.status, await json.json()]).toEqual([201, { x: [7, 11] }]);
    const form = await fetch(web.url("/form"), { method: "POST", body: "a=1&a=2&b=x+y" });
    expect(await form.json()).toEqual({ a: ["1", "2"], b: "x y" });
    const own = await fetch(web.url("/text"), { method: "PUT", body: "naïve" });
    expect([await own.text(), own.headers.get("x-own")]).toEqual(["naïve", "a, b"]);
    expect((await (await fetch(web.url("/bytes"))).arrayBuffer()).byteLength).toBe(200_000);
    expect(await web.status("/nothing")).toBe(404);
    expect(await web.status("/empty")).toBe(204);
  });

  test("answers HEAD with the head alone, and does not run the stream", async () => {
    const before = await web.figures();

    const head = await fetch(web.url("/large?bytes=1000000"), { method: "HEAD" });

    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await web.figures()).streamed).toBe(before.streamed);
  });

  test("answers a thousand requests of one connection in their order", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();

    const answers = Array.from({ length: 1000 }, async (_, index) => {
      const request = plainRequest(web.url(`/hello?name=${index}`), { agent });
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
    const boom = await fetch(web.url("/boom"));

    expect([boom.status, await boom.text()]).toEqual([500, ""]);
    expect(await web.status("/split")).toBe(500);
    expect(await web.status("/status")).toBe(500);
    expect(await web.status("/json", { method: "POST", body: "{" })).toBe(500);
    await expect(buffer(await web.open("/breaks"))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(await web.status("/hello")).toBe(200);
  });

  test("gives up a handler that does not answer in time", async () => {
    const at = await web.serve(web.service, { port: 0, requestMs: 50 });

    expect(await web.status("/never", {}, at)).toBe(504);
  });

  test("tells the handler when its client has gone", async () => {
    const waiting = web.hears("waiting");
    const heard = web.hears("aborted");
    const request = plainRequest(web.url("/aborted"), { agent: false }).on("error", () => {});
    request.end();
    await waiting;

    request.destroy();

    await heard;
    expect((await web.figures()).aborted).toBe(1);
  });

  test("speaks HTTPS with a certificate of its service", async () => {
    const at = await web.serve(web.service, { port: 0, tls: { ...selfSigned } });

    const request = secureGet(`https://127.0.0.1:${at}/hello?name=tls`, { ca: selfSigned.cert });
    const [response] = (await once(request, "response")) as [IncomingMessage];

    expect(await text(response)).toBe("hello tls");
  });
});

describe("a body", () => {
  test("is streamed to a slow reader as it reads, and no further", async () => {
    const bytes = 32 * mebibyte;
    const before = (await web.figures()).streamed;
    const slow = await web.open(`/large?bytes=${bytes}`);

    for (let index = 0; index < 300; index++) await web.status("/hello");
    const ahead = (await web.figures()).streamed - before;

    expect(ahead).toBeLessThan(buffersMax);
    let read = 0;
    for await (const piece of slow) read += (piece as Buffer).length;
    expect(read).toBe(bytes);
  });

  test("is no longer made when its reader has gone", async () => {
    const before = (await web.figures()).dropped;
    const slow = await web.open(`/large?bytes=${1024 * mebibyte}`);

    slow.destroy();

    // The stream is dropped behind its last piece: each answer here is behind it some time.
    for (let tries = 0; tries < 1000 && (await web.figures()).dropped === before; tries++) {
      await web.status("/hello");
    }
    expect((await web.figures()).dropped).toBe(before + 1);
  });

  test("is taken from its sender as the service reads it, and no further", async () => {
    const bytes = 32 * mebibyte;
    const at = await web.serve(web.service, { port: 0, bodyBytesMax: bytes });
    const held = web.hears("held");
    const request = plainRequest(web.url("/upload?held", at), {
      agent: false,
      method: "POST",
      headers: { "content-length": bytes },
    });
    const answer = once(request, "response") as Promise<[IncomingMessage]>;
    for (let sent = 0; sent < bytes; sent += mebibyte) request.write(Buffer.alloc(mebibyte, 7));
    request.end();

    await held;
    for (let index = 0; index < 300; index++) await web.status("/hello");
    const { socket } = request;

    expect(Number(socket?.bytesWritten) - Number(socket?.writableLength)).toBeLessThan(buffersMax);
    await web.host.isonet.call(web.service, "lua", "wake", "upload");
    expect(await text((await answer)[0])).toBe(String(bytes));
  });

  test("is streamed up and down at once", async () => {
    const request = plainRequest(web.url("/echo"), { agent: false, method: "POST" });
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
    const at = await web.serve(web.service, { port: 0, bodyBytesMax: 100_000 });
    const post = (bytes: number): RequestInit => ({ method: "POST", body: new Uint8Array(bytes) });

    expect(await web.status("/upload", post(100_000), at)).toBe(200);
    expect(await web.status("/upload", post(100_001), at)).toBe(413);
    const chunked = await say(
      ["POST /upload HTTP/1.1", "transfer-encoding: chunked", "", "186a1", "x".repeat(100_001)],
      at,
    );
    expect(statuses(chunked)).toEqual(["413"]);
  });

  test("that nobody reads does not take the answer along", async () => {
    const body = new Uint8Array(900_000);

    const response = await fetch(web.url("/unread"), { method: "POST", body });

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
    const at = await web.serve(web.service, { port: 0, receiveMs: 100 });
    using slow = new LineClient("a slow client", at);
    slow.send("GET /hello HTTP/1.1\r", "x-one: 1\r");

    await slow.closed;

    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("that says nothing is closed", async () => {
    const at = await web.serve(web.service, { port: 0, idleMs: 50 });
    using silent = new LineClient("a silent client", at);

    await silent.closed;

    expect(silent.text).toBe("");
  });

  test("beyond connectionsMax is closed at once, and the others are served", async () => {
    const at = await web.serve(web.service, { port: 0, connectionsMax: 2 });
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

test("a socket that is opened and closed ten times a request costs nobody anything", async () => {
  for (let index = 0; index < 200; index++)
    connect(web.port, "127.0.0.1")
      .on("error", () => {})
      .destroy();

  expect(await web.status("/hello")).toBe(200);
});
