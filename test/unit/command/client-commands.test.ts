// isonet client in a pipe and on a terminal, against scripted servers.

import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runGate } from "../../../src/command/client-gate.ts";
import { runMessage, type MessageTalkOptions } from "../../../src/command/client-message.ts";
import { clientNumber, clientPlace } from "../../../src/command/client-place.ts";
import * as saying from "../../../src/command/say.ts";
import { jsonLine, jsonOfBytes, shownBytes } from "../../../src/command/shown-bytes.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";
import { accept } from "../../kit/message-client.ts";
import { scripted, type Script, type ScriptedServer } from "../../kit/scripted-server.ts";

const servers: ScriptedServer[] = [];
let said: string[] = [];

beforeEach(() => {
  said = [];
  vi.spyOn(saying, "say").mockImplementation((text) => void said.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});

async function listening(...scripts: readonly Script[]): Promise<ScriptedServer> {
  const server = await scripted(...scripts);
  servers.push(server);
  return server;
}

/** Both streams of a command, and what it has written. */
function streams({ isTTY }: { readonly isTTY: boolean }) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const written: string[] = [];
  output.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  return { input, output, written };
}

const pipe = (...lines: readonly string[]) => {
  const both = streams({ isTTY: false });
  both.input.end(lines.map((line) => `${line}\n`).join(""));
  return both;
};

describe("isonet client gate", () => {
  test("sends lines as frames, prints frames, and leaves when nothing has come for a while", async () => {
    const clock = new FakeNetClock();
    const { port } = await listening(async (peer) => {
      expect([String(await peer.frame()), String(await peer.frame())]).toEqual(["hello", "é"]);
      peer.sayFrame("hi");
      peer.sayFrame(Uint8Array.of(0, 255));
      await peer.ended();
    });
    const both = pipe("hello", "é");
    both.output.on("data", (chunk: Buffer) => {
      if (chunk.includes("0x00ff")) setImmediate(() => clock.advance(50));
    });

    const code = await runGate({ gate: { port }, waitMs: 50, isJson: false, clock }, both);

    expect(code).toBe(0);
    expect(both.written.join("")).toBe("hi\n0x00ff\n");
    expect(clock.pending).toBe(0);
  });

  test("prints JSON, and ends with 1 when the gate has ended the connection first", async () => {
    const { port } = await listening((peer) => {
      peer.sayFrame("a\u009Bb");
      peer.end();
    });
    const both = streams({ isTTY: false });

    const code = await runGate({ gate: { port }, waitMs: 50, isJson: true }, both);

    expect(code).toBe(1);
    expect(both.written.join("")).toBe('{"text":"a\\u009bb"}\n');
    expect(said).toEqual([`isonet: 127.0.0.1:${port} has ended the connection`]);
  });

  test("ends with 1 when the connection breaks, even behind the last line", async () => {
    const { port } = await listening(async (peer) => {
      await peer.frame();
      peer.say([0]);
      peer.end();
    });

    const code = await runGate({ gate: { port }, waitMs: 5000, isJson: false }, pipe("a"));

    expect(code).toBe(1);
    expect(said.join("")).toMatch(/ended behind 1 of 2 bytes of a frame's length/);
  });

  test("ends with 2 when there is no gate", async () => {
    const { port } = await listening();
    servers.pop()?.close();

    expect(await runGate({ gate: { port }, waitMs: 0, isJson: false }, pipe("a"))).toBe(2);
    expect(said.join("")).toMatch(/^isonet: CONNECT_FAILED: no connection/);
  });

  test("goes on behind a line that is too long for a frame", async () => {
    const { port } = await listening(async (peer) => {
      expect(String(await peer.frame())).toBe("short");
      peer.end();
    });

    const lines = ["x".repeat(70_000), "short"];
    expect(await runGate({ gate: { port }, waitMs: 5000, isJson: false }, pipe(...lines))).toBe(1);
    expect(said[0]).toMatch(/^isonet: MESSAGE_TOO_LARGE: /);
  });

  test("shows frames above the line that is typed on a terminal, and leaves by Ctrl-C", async () => {
    const shown = Promise.withResolvers<void>();
    const { port } = await listening(async (peer) => {
      expect(String(await peer.frame())).toBe("look");
      peer.sayFrame("a room");
      await peer.ended();
      shown.resolve();
    });
    const both = streams({ isTTY: true });
    const running = runGate({ gate: { port }, waitMs: 5000, isJson: false }, both);
    both.input.write("look\r");
    both.output.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("a room\n")) both.input.write("\u0003");
    });

    expect([await running, said]).toEqual([0, []]);
    await shown.promise;
    expect(both.written.join("")).toContain(`\r\u001B[Ka room\n`);
    expect(both.written.join("")).toContain(`127.0.0.1:${port}> `);
  });

  test("leaves a terminal by Ctrl-D, while frames come", async () => {
    const { port } = await listening(async (peer) => {
      await peer.frame();
      for (let count = 0; count < 100; count++) peer.sayFrame("tick");
      await peer.ended();
    });
    const both = streams({ isTTY: true });
    both.output.on("data", (chunk: Buffer) => {
      if (chunk.includes("tick")) both.input.write("\u0004");
    });
    both.input.write("start\r");

    expect(await runGate({ gate: { port }, waitMs: 5000, isJson: false }, both)).toBe(0);
    expect(said).toEqual([]);
  });
});

describe("isonet client message", () => {
  const secret = Buffer.from("05f66ce34109f836", "hex");
  const options = (port: number, isJson = false): MessageTalkOptions => ({
    server: { port, backOffMs: 1 },
    user: "hello",
    serverName: "sample",
    login: { secret, subid: "1" },
    isJson,
  });

  test("sends lines as requests, one after the other, and prints the answers", async () => {
    const { port } = await listening(async (peer) => {
      await accept(peer, 1);
      for (const content of ["one", "two"]) {
        const request = await peer.request();
        expect(request.content).toBe(content);
        peer.sayAnswer(content.toUpperCase(), request.session);
      }
      await peer.ended();
    });
    const both = pipe("one", "two");

    expect(await runMessage(options(port), both)).toBe(0);
    expect(both.written.join("")).toBe("ONE\nTWO\n");
    expect(said).toEqual([]);
  });

  test("says what failed, goes on, and ends with 1", async () => {
    const { port } = await listening(async (peer) => {
      await accept(peer, 1);
      peer.sayAnswer("", (await peer.request()).session, false);
      peer.sayAnswer("fine", (await peer.request()).session);
    });
    const both = pipe("bad", "good");

    expect(await runMessage(options(port, true), both)).toBe(1);
    expect(
      both.written
        .join("")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { session: 0, error: "REMOTE_FAULT", message: expect.stringContaining("request 0") },
      { session: 1, text: "fine" },
    ]);
  });

  test("tells of a lost connection, and asks again", async () => {
    const { port } = await listening(
      async (peer) => {
        await accept(peer, 1);
        await peer.request();
        peer.destroy();
      },
      async (peer) => {
        await accept(peer, 2);
        peer.sayAnswer("cached", (await peer.request()).session);
      },
    );
    const both = pipe("one");

    expect(await runMessage(options(port), both)).toBe(0);
    expect(both.written.join("")).toBe("cached\n");
    expect(said.at(-1)).toBe("isonet: connected again, with index 2");
  });

  test("ends with 1 when the server refuses, with 2 when there is none", async () => {
    const server = await listening((peer) => peer.sayFrame("403 Index Expired"));
    const { port } = server;

    expect(await runMessage(options(port), pipe("a"))).toBe(1);
    expect(said.join("")).toMatch(/^isonet: LOGIN_REFUSED: .* 403 "Index Expired"/);
    server.close();
    expect(await runMessage(options(port), pipe("a"))).toBe(2);
  });
});

describe("what a server sends", () => {
  test.each([
    ["text", "héllo\t1", "héllo\t1", '{"text":"héllo\\t1"}'],
    ["several lines", "a\nb", "0x610a62", '{"text":"a\\nb"}'],
    ["an escape sequence", "\u001B[2J", "0x1b5b324a", '{"text":"\\u001b[2J"}'],
    ["turned text", "\u202Ea", "0xe280ae61", '{"text":"\\u202ea"}'],
    ["bytes that are no UTF-8", [0xc3, 0x28], "0xc328", '{"hex":"c328"}'],
    ["nothing", "", "", '{"text":""}'],
  ])("is shown harmlessly: %s", (_what, content, shown, json) => {
    const bytes = Buffer.from(content as string);

    expect(shownBytes(bytes)).toBe(shown);
    expect(jsonLine(jsonOfBytes(bytes))).toBe(json);
  });
});

describe("an address of isonet client", () => {
  test.each([
    ["8888", { host: "127.0.0.1", port: 8888 }],
    ["game.example:1", { host: "game.example", port: 1 }],
    ["[::1]:65535", { host: "::1", port: 65_535 }],
  ])("may be %s", (text, place) => {
    expect(clientPlace("address", text)).toEqual(place);
  });

  test.each(["", "0", "65536", "host", "host:", "a b:1", "::1:80", "host:1x", "-1"])(
    "may not be %j",
    (text) => {
      expect(() => clientPlace("address", text)).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    },
  );

  test("has numbers in bounds", () => {
    expect(clientNumber("--wait", "5", { min: 0, max: 5 })).toBe(5);
    for (const text of ["6", "-1", "1.5", ""]) {
      expect(() => clientNumber("--wait", text, { min: 0, max: 5 })).toThrow(
        `--wait must be a whole number from 0 to 5, not "${text}"`,
      );
    }
  });
});
