// Console client in a pipe, and requests over HTTP, against a console with a fake API behind it.

import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runConsole } from "../../../src/command/console-client.ts";
import { ConsoleLink } from "../../../src/command/console-link.ts";
import { askConsole } from "../../../src/command/console-request.ts";
import * as saying from "../../../src/command/say.ts";
import { ConsoleHost } from "../../kit/console-host.ts";

let host: ConsoleHost;
const servers: Server[] = [];

beforeEach(async () => {
  host = await new ConsoleHost({ ".launcher lua list": { ":0100010a": "world" } }).open();
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
  await host.close();
});

const place = () => ({ host: "127.0.0.1", port: host.port });

async function piped(...lines: string[]): Promise<{ code: number; output: string }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const chunks: Buffer[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  input.end(lines.join("\n"));
  // The client waits to be greeted, as a person does.
  const running = runConsole(place(), { input, output });
  await host.fakeTime(200);
  return { code: await running, output: Buffer.concat(chunks).toString() };
}

/** A server that answers each connection with a text of its own. */
async function stranger(...answers: string[]): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end((answers.length > 1 ? answers.shift() : answers[0]) ?? "");
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("console client in a pipe", () => {
  test("writes what the host prints, endings included, and ends with 0", async () => {
    const { code, output } = await piped("list", "", "getenv thread");

    expect(output).toBe(":0100010a\tworld\n<CMD OK>\n5\n<CMD OK>\n");
    expect(code).toBe(0);
  });

  test("goes on after a command that fails, and ends with 1", async () => {
    const { code, output } = await piped("kill", "list");

    expect(output).toMatch(/^ARGUMENT_INVALID.*\n<CMD Error>\n:0100010a\tworld\n<CMD OK>\n$/);
    expect(code).toBe(1);
  });

  test("stops at quit", async () => {
    expect((await piped("quit", "list")).output).toBe("");
  });

  test("ends with 2 and one sentence when no host is there", async () => {
    const say = vi.spyOn(saying, "say").mockReturnValue();
    const { port } = host;
    await host.close();

    const code = await runConsole(
      { host: "127.0.0.1", port },
      { input: new PassThrough(), output: new PassThrough() },
    );

    expect(code).toBe(2);
    expect(say.mock.calls).toEqual([
      [
        `isonet: no host listens on 127.0.0.1:${port}; start one with isonet start, ` +
          "or say with --host and --port where it is",
      ],
    ]);
  });
});

describe("console link", () => {
  test("fails the command that waits when the host goes, and connects anew for the next", async () => {
    const link = new ConsoleLink(place());
    host.fake.answers[":0100000a debug INFO"] = () => new Promise(() => {});
    const opening = link.open();
    await host.fakeTime(200);
    await opening;

    const waiting = link.ask("info a", () => {});
    link.close("not waited for");
    await expect(waiting).rejects.toThrow("not waited for");
    const lines: string[] = [];
    const next = link.ask("list", (line) => lines.push(line));
    await host.fakeTime(200);

    expect(await next).toBe("ok");
    expect(lines).toEqual([":0100010a\tworld"]);
    link.close();
  });

  test("refuses what is no isonet console", async () => {
    const port = await stranger("220 mail.example ESMTP\r\n");

    await expect(new ConsoleLink({ host: "127.0.0.1", port }).open()).rejects.toThrow(
      "what listens there is no isonet console",
    );
  });
});

describe("console request", () => {
  test("sends a command as text or with its arguments, and resolves with the host's answer", async () => {
    expect(await askConsole(place(), "getenv thread")).toEqual({ ok: true, result: "5" });
    expect(await askConsole(place(), { command: "getenv", arguments: ["thread"] })).toEqual({
      ok: true,
      result: "5",
    });
    expect(await askConsole(place(), "nonsense")).toMatchObject({
      ok: false,
      code: "COMMAND_UNKNOWN",
    });
  });

  test("tries again when it was taken for a person, and gives up after three times", async () => {
    const greeted = "Welcome to isonet console\n";
    const body = '{"ok":true}';
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const late = await stranger(greeted, greeted, answer);
    const never = await stranger(greeted);

    expect(await askConsole({ host: "127.0.0.1", port: late }, "list")).toEqual({ ok: true });
    await expect(askConsole({ host: "127.0.0.1", port: never }, "list")).rejects.toMatchObject({
      code: "ADDRESS_UNKNOWN",
    });
  });

  test("refuses an HTTP server that is no console", async () => {
    const port = await stranger("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");

    await expect(askConsole({ host: "127.0.0.1", port }, "list")).rejects.toThrow(
      `the console on 127.0.0.1:${port} does not answer: what listens there is no isonet console`,
    );
  });
});
