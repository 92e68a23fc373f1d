// How a connection is taken: greeted or served as HTTP, bounded, and kept apart from the others.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConsoleHost } from "../../kit/console-host.ts";

let host: ConsoleHost;

beforeEach(async () => {
  host = await new ConsoleHost({}).open();
});

afterEach(() => host.close());

describe("console door", () => {
  test("greets a connection that says nothing", async () => {
    const client = await host.connect();

    await host.fakeTime(200);

    expect(await client.upTo("\n")).toBe("Welcome to isonet console\n");
  });

  test("does not greet an HTTP client whose first bytes come one by one", async () => {
    const client = await host.connect();
    client.socket.setNoDelay(true);

    for (const byte of "GET /getenv/thread HTTP/1.1\r\nHost: localhost\r\n\r\n") {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const text = await client.rest();

    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\n\r\n\{"ok":true,"result":"5"\}\n$/);
  });

  test("refuses HTTP on a connection that it has greeted, and runs nothing of it", async () => {
    const client = await host.connect();
    await host.fakeTime(200);
    await client.upTo("\n");

    client.socket.write("POST / HTTP/1.1\r\nHost: x\r\n\r\nsetenv hacked yes\n");
    const text = await client.rest();

    expect(text).toMatch(/^This connection is in text mode/);
    expect(host.fake.settings.has("hacked")).toBe(false);
  });

  test("hangs up on control characters and runs nothing behind them", async () => {
    const text = await host.typed("getenv thread", "\u0016\u0003\u0001", "setenv hacked yes");

    expect(text).toContain("5\n<CMD OK>\n");
    expect(text).toContain("ARGUMENT_INVALID: a line holds control characters\n<CMD Error>\n");
    expect(host.fake.settings.has("hacked")).toBe(false);
  });

  test("hangs up on a line over lineBytesMax", async () => {
    const client = await host.connect();

    client.socket.write("x".repeat(65 * 1024));
    const text = await client.rest();

    expect(text).toContain("a line is longer than 65536 bytes\n<CMD Error>\n");
  });

  test("answers a last line without an end, and then hangs up", async () => {
    const client = await host.connect();

    client.socket.end("getenv thread");

    expect(await client.rest()).toBe("Welcome to isonet console\n5\n<CMD OK>\n");
  });

  test("ends a connection that gives no command for half an hour, and says so in the log", async () => {
    const client = await host.connect();
    await host.fakeTime(200);
    await client.upTo("\n");

    await host.fakeTime(30 * 60_000);

    expect(await client.rest()).toBe("");
    await host.logged(/gave no command for 1800 s/);
  });

  test("refuses the 33rd connection and logs it", async () => {
    for (let count = 0; count < 32; count++) await host.connect();

    const last = await host.connect();

    expect(await last.rest()).toBe("");
    await host.logged(/refused: the console has 32 connections/);
  });

  test("goes on with other connections while one waits for its service", async () => {
    const slow = Promise.withResolvers<string>();
    host.fake.answers[":0100000a debug INFO"] = () => slow.promise;
    const waiting = await host.connect();
    waiting.socket.write("info a\ngetenv thread\n");
    await waiting.upTo("\n");

    const others = await host.output("getenv thread");
    slow.resolve("at last");
    const text = await waiting.upTo("5\n<CMD OK>\n");

    expect(others).toEqual(["5", "<CMD OK>"]);
    expect(text).toBe("at last\n<CMD OK>\n5\n<CMD OK>\n");
  });

  test("fails with PORT_IN_USE, naming its option, when the port is taken", async () => {
    const second = new ConsoleHost({}, { at: { host: "127.0.0.1", port: host.port } });

    await expect(second.open()).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: expect.stringContaining("option console.port") as string,
    });
  });
});
