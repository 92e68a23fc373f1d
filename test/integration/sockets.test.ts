// Sockets: services that listen, connect, read and write, on a real host.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const echo = `
import { commands, start as ready } from "isonet";
import * as socket from "isonet/socket";
let port = 0;
const seen: string[] = [];
ready(async () => {
  const listening = await socket.listen("127.0.0.1", 0);
  port = listening.port;
  await socket.start(listening.id, async (id, peer) => {
    seen.push(peer);
    await socket.start(id);
    for (;;) {
      const line = await socket.readLine(id);
      if (line === undefined) break;
      socket.write(id, [line, "\\n"]);
    }
    socket.write(id, ["rest ", socket.rest(id)]);
    await socket.close(id);
  });
});
commands({ port: () => port, seen: () => seen, netstat: () => socket.netstat() });
`;

const dialler = `
import { commands } from "isonet";
import * as socket from "isonet/socket";
import { textOf } from "isonet/bytes";
commands({
  talk: async (address: string, lines: string[]) => {
    const id = await socket.open(address);
    const answers: unknown[] = [];
    for (const line of lines) {
      socket.write(id, line + "\\n");
      answers.push(await socket.readLine(id));
    }
    await socket.close(id);
    return [answers, socket.invalid(id), socket.write(id, "late")];
  },
  openOnly: (address: string) => socket.open(address),
  listenOnly: (address: string) => socket.listen(address),
  startOnly: (id: number) => socket.start(id),
  resolve: (host: string) => socket.resolve(host),
  readTwice: async (address: string) => {
    const id = await socket.open(address);
    const first = socket.readLine(id);
    const second = await socket.readLine(id).catch((error) => error.code);
    socket.shutdown(id);
    return [await first, second];
  },
  readLimited: async (address: string) => {
    const id = await socket.open(address);
    socket.limit(id, 1000);
    socket.write(id, "x".repeat(2000) + "\\n");
    return socket.readLine(id);
  },
  fetch: async (address: string) => textOf(await socket.readAll(await socket.open(address))),
});
`;

/** Connects and collects what comes, to the end. */
async function client(port: number): Promise<{ socket: Socket; all: Promise<string> }> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  const all = (async () => {
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    return text;
  })();
  return { socket, all };
}

describe("a service with sockets", () => {
  let kit: TestHost;
  let address: number;
  let port: number;

  beforeAll(async () => {
    kit = await startHost({ echo, dialler });
    address = (await kit.isonet.newService("echo")) as number;
    port = (await kit.isonet.call(address as never, "lua", "port")) as number;
  });

  afterAll(async () => {
    await kit[Symbol.asyncDispose]();
  });

  test("answers lines however they are split, and gives the rest at the end", async () => {
    const { socket, all } = await client(port);
    socket.write("one\ntw");
    await once(socket, "readable");
    socket.write("o\nthr");
    socket.end("ee");

    expect(await all).toBe("one\ntwo\nrest three");
  });

  test("connects to another service, talks, and closes", async () => {
    const other = await kit.isonet.newService("dialler");

    const talk = await kit.isonet.call(other as never, "lua", "talk", `127.0.0.1:${port}`, [
      "first",
      "second",
    ]);

    expect(talk).toEqual([["first", "second"], true, false]);
  });

  test("is told by a code why a connection cannot be made", async () => {
    const other = await kit.isonet.newService("dialler");

    await expect(
      kit.isonet.call(other as never, "lua", "openOnly", "127.0.0.1:1"),
    ).rejects.toMatchObject({
      remoteCode: "CONNECT_FAILED",
      message: "cannot connect to 127.0.0.1:1: connection refused (ECONNREFUSED)",
    });
  });

  test("is told by codes of whatever else cannot be done", async () => {
    const other = await kit.isonet.newService("dialler");
    const own = `127.0.0.1:${port}`;
    const ask = (...values: unknown[]): Promise<unknown> =>
      kit.isonet.call(other as never, "lua", ...values);
    const failing = async (...values: unknown[]): Promise<unknown> =>
      ask(...values).catch((error: { remoteCode: string }) => error.remoteCode);

    expect(await failing("listenOnly", own)).toBe("LISTEN_FAILED");
    expect(await failing("startOnly", 999_999)).toBe("SOCKET_CLOSED");
    expect(await failing("resolve", "no-such-host.invalid")).toBe("RESOLVE_FAILED");
    expect(await failing("openOnly", "no-such-host.invalid:1")).toBe("RESOLVE_FAILED");
    expect(await failing("openOnly", "127.0.0.1")).toBe("ARGUMENT_INVALID");
    expect(await failing("openOnly", "127.0.0.1:0")).toBe("ARGUMENT_INVALID");
    expect(await failing("readLimited", own)).toBe("READ_LIMIT");
    expect(await ask("readTwice", own)).toEqual([undefined, "SOCKET_BUSY"]);
    expect(await ask("resolve", "127.0.0.1")).toEqual(["127.0.0.1"]);
  });
});
