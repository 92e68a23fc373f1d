// The console as JSON over HTTP: answers, statuses, and what is refused before it is run.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../wire/coded-error.ts";
import { ConsoleHost } from "../../kit/console-host.ts";

let host: ConsoleHost;

beforeEach(async () => {
  host = await new ConsoleHost({
    ".launcher lua list": { ":0100010a": "simpledb" },
    ".launcher lua mem": (scope: unknown) => ({ scope }),
  }).open();
});

afterEach(() => host.close());

describe("console over HTTP", () => {
  test("answers a GET with the command's result in JSON", async () => {
    const { status, headers, body } = await host.http("/list");

    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, result: { ":0100010a": "simpledb" } });
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-length": String('{"ok":true,"result":{":0100010a":"simpledb"}}\n'.length),
      connection: "close",
      "cache-control": "no-store",
    });
  });

  test("takes the segments of the path as arguments, decoded", async () => {
    host.fake.answers[":0100000c debug INFO"] = (...args: unknown[]) => args;

    const mem = await host.http("/mem/:0100000c");
    const info = await host.http("/info/c/a%20b/%2F");

    expect(mem.body.result).toEqual({ scope: { address: 0x0100000c, timeoutTicks: 300 } });
    expect(info.body.result).toEqual(["a b", "/"]);
  });

  test("runs a command posted as text", async () => {
    const { body } = await host.post("setenv color blue green\n");

    expect(body).toEqual({ ok: true });
    expect(host.fake.settings.get("color")).toBe("blue green");
  });

  test("runs a command posted as JSON, its arguments with their own types", async () => {
    host.fake.answers[":0100000a lua move"] = (...args: unknown[]) => [args];

    const { body } = await host.post({
      command: "call",
      arguments: ["a", "move", { x: 1.5 }, [true]],
    });

    expect(body).toEqual({ ok: true, result: [[{ x: 1.5 }, [true]]] });
  });

  test("injects the posted source under the posted file name", async () => {
    host.fake.answers[".launcher lua inject"] = (...args: unknown[]) => ({
      ok: true,
      output: JSON.stringify(args),
    });

    const { body } = await host.post({
      command: "inject",
      arguments: ["a", "fix.js", "--now"],
      source: "print(gold)",
    });

    expect(JSON.parse(String(body.result))).toEqual([
      0x0100000a,
      "print(gold)",
      "fix.js",
      ["--now"],
    ]);
  });

  test.each([
    ["ADDRESS_DEAD", 404],
    ["ARGUMENT_INVALID", 400],
    ["NAME_TAKEN", 409],
    ["REMOTE_FAULT", 500],
    ["CALL_TIMEOUT", 504],
  ] as const)(
    "gives a failure with %s as status %i with its code and text",
    async (code, expected) => {
      host.fake.answers[":0100000a debug INFO"] = () => {
        throw new CodedError(code, "so it is");
      };

      const { status, body } = await host.http("/info/a");

      expect(status).toBe(expected);
      expect(body).toEqual({ ok: false, code, error: "so it is" });
    },
  );

  test("gives 404 for a command it does not have and 501 for one that there is not", async () => {
    const unknown = await host.http("/favicon.ico");
    const later = [await host.post("shrtbl"), await host.http("/profactive/on")];

    expect([unknown.status, unknown.body.code]).toEqual([404, "COMMAND_UNKNOWN"]);
    for (const { status, body } of later) {
      expect([status, body.code]).toEqual([501, "NOT_AVAILABLE"]);
    }
  });

  test.each([
    "/kill/a",
    "/setenv/x/1",
    "/call/a/1",
    "/gc",
    "/signal/a",
    "/start/x",
    "/clearcache",
    "/dbgcmd/a/EXIT",
  ])("does not run %s by GET", async (path) => {
    const { status, headers, body } = await host.http(path);

    expect([status, headers["allow"], body.code]).toEqual([405, "POST", "NOT_PERMITTED"]);
    expect(host.fake.sent).toEqual([]);
  });

  test.each([
    [{ origin: "http://localhost:3000" }, 403],
    [{ host: "evil.example" }, 403],
    [{ "content-type": "application/x-www-form-urlencoded" }, 415],
  ])("runs nothing of a POST with %j", async (headers, expected) => {
    const { status } = await host.post("setenv hacked yes", headers);

    expect(status).toBe(expected);
    expect(host.fake.settings.has("hacked")).toBe(false);
    if (expected === 403)
      await host.logged(/^warn HTTP request of 127\.0\.0\.1:\d+ refused: header/);
  });

  test.each([
    ["not JSON", "{"],
    ["an array", "[]"],
    ["without a command", "{}"],
    ["with an unknown key", '{"command":"list","argument":[]}'],
    ["with arguments that are no array", '{"command":"list","arguments":"x"}'],
    ["with a source that is no text", '{"command":"inject","source":1}'],
    ["with an address that is no text", '{"command":"kill","arguments":[12]}'],
  ])("gives 400 for a body %s", async (_, body) => {
    const answer = await host.http("/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });

    expect([answer.status, answer.body.code]).toEqual([400, "ARGUMENT_INVALID"]);
  });

  test("gives 400 for two commands in one text body, and runs neither", async () => {
    const { status } = await host.post("setenv a 1\nsetenv b 2");

    expect(status).toBe(400);
    expect([...host.fake.settings.keys()]).toEqual(["thread"]);
  });

  test.each(["/list?x=1", "/info/%zz"])("gives 400 for the path %s", async (path) => {
    expect((await host.http(path)).status).toBe(400);
  });

  test("takes a body of 1 MiB and refuses one byte more, and many more", async () => {
    const most = await host.post("x".repeat(1024 * 1024));
    const over = await host.post("x".repeat(1024 * 1024 + 1));
    const farOver = await host.post("x".repeat(16 * 1024 * 1024));

    expect(most.status).toBe(404);
    expect([over.status, over.body.code]).toEqual([413, "MESSAGE_TOO_LARGE"]);
    expect(farOver.status).toBe(413);
  });

  test("refuses headers over 16 KiB with 431, in JSON", async () => {
    const { status, body } = await host.http("/list", {
      headers: { "x-long": "x".repeat(16_400) },
    });

    expect([status, body.code]).toEqual([431, "ARGUMENT_INVALID"]);
  });

  test("answers 400 in JSON to what is no HTTP", async () => {
    const client = await host.connect();

    client.socket.write("GET /list HTTP/1.1\r\nno header\r\n\r\n");
    const text = await client.rest();

    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('"ok":false');
  });

  test("answers one request a connection", async () => {
    const client = await host.connect();
    const request = "GET /getenv/thread HTTP/1.1\r\nHost: localhost\r\n\r\n";

    client.socket.write(request + request);
    const text = await client.rest();

    expect(text.match(/"result":"5"/g)).toHaveLength(1);
  });

  test("hangs up on a request that is not complete after ten seconds", async () => {
    const client = await host.connect();
    const head = [
      "POST / HTTP/1.1",
      "Host: localhost",
      "Content-Type: text/plain",
      "Content-Length: 50",
    ];
    client.socket.write(`${head.join("\r\n")}\r\n\r\nset`);
    await host.fakeTime(10_000);

    expect(await client.rest()).toBe("");
  });

  test("runs commands beside each other", async () => {
    const slow = Promise.withResolvers<string>();
    host.fake.answers[":0100000a debug INFO"] = () => slow.promise;

    const waiting = host.http("/info/a");
    const other = await host.http("/list");
    slow.resolve("at last");

    expect(other.status).toBe(200);
    expect((await waiting).body.result).toBe("at last");
  });

  test("gives every value of a message a form in JSON", async () => {
    const values = {
      big: 2n ** 70n,
      bytes: Uint8Array.of(1, 2),
      map: new Map([[1, 2]]),
      set: new Set([1]),
      nan: NaN,
    };
    host.fake.answers[":0100000a debug INFO"] = () => values;

    const { body } = await host.http("/info/a");

    expect(body.result).toEqual({
      big: "1180591620717411303424",
      bytes: "AQI=",
      map: [[1, 2]],
      set: [1],
      nan: "NaN",
    });
  });
});
