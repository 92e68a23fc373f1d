// Sockets of a service that is replaced, and of one that is recorded: they stay with its address.

import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Address } from "isonet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Child } from "../kit/child.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { hostFlags } from "../kit/node-flags.ts";

const main = path.resolve(import.meta.dirname, "../../src/main.ts");

const common = `
import { commands, exportState, importState, fork, start as ready } from "isonet";
import * as socket from "isonet/socket";
let listener = { id: 0, port: 0 };
let ids: number[] = [];
commands({ port: () => listener.port, count: () => ids.length });
exportState(() => ({ listener, ids }));
async function serve(id: number) {
  await socket.start(id);
  for (;;) {
    const line = await socket.readLine(id);
    if (line === undefined) break;
    socket.write(id, line + "!\\n");
  }
  await socket.close(id);
}
ready(async () => {
  if (listener.port === 0) listener = await socket.listen("127.0.0.1", 0);
  await socket.start(listener.id, accept);
});
`;

/** Leaves its connections waiting: no thread of it is under way. */
const waiter = `${common}
function accept(id: number) { ids.push(id); }
importState((state) => { ({ listener, ids } = state); });
`;
const server = `${common}
function accept(id: number) { return serve(id); }
importState(async (state) => {
  ({ listener, ids } = state);
  for (const id of ids) fork(serve, id);
});
`;

let kit: TestHost;

beforeAll(async () => {
  const recordPath = mkdtempSync(path.join(tmpdir(), "isonet-recordings-"));
  kit = await startHost({ waiter, server }, { recordPath });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(kit.host.options.recordPath, { recursive: true });
});

/** Connects, and gives lines as they come. */
async function client(port: number): Promise<{ socket: Socket; line: () => Promise<string> }> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return { socket, line: async () => String((await lines.next()).value) };
}

test("a replaced service has its listener and connections on, when it starts them again", async () => {
  const address = (await kit.isonet.newService("waiter")) as Address;
  const port = (await kit.isonet.call(address, "lua", "port")) as number;
  const early = await client(port);
  early.socket.write("written before\n");
  while ((await kit.isonet.call(address, "lua", "count")) === 0);

  const { how } = await kit.host.hotfix.apply(address, server, { isReplacing: true });

  expect(how).toBe("replaced");
  expect(await early.line()).toBe("written before!");
  early.socket.write("written after\n");
  expect(await early.line()).toBe("written after!");
  const late = await client(port);
  late.socket.write("new\n");
  expect(await late.line()).toBe("new!");
  early.socket.destroy();
  late.socket.destroy();
});

test("a recorded service replays with the events of its sockets", async () => {
  const record = { name: "server", record: true } as const;
  const address = (await kit.isonet.newService(record)) as Address;
  const port = (await kit.isonet.call(address, "lua", "port")) as number;
  const { socket, line } = await client(port);
  socket.write("one\ntwo\n");
  expect([await line(), await line()]).toEqual(["one!", "two!"]);
  socket.destroy();
  await kit.isonet.kill(address);

  const { recordPath } = kit.host.options;
  const [file] = readdirSync(recordPath);
  const recording = path.join(recordPath, file ?? "");
  await using replay = new Child([process.execPath, ...hostFlags, main, "replay", recording]);
  const { code, stdout } = await replay.ended;
  expect([code, stdout]).toEqual([0, expect.stringContaining("all came as recorded")]);
});

test("a service whose cell is recycled has its listener on in the next one", async () => {
  await using aging = await startHost({ waiter }, { cells: 1, cellAgeMs: 1000 });
  const { isonet, directory } = aging;
  const order = { name: "waiter", trust: "untrusted", owner: "ann" } as const;
  const allow = { net: { listen: ["127.0.0.1:*"] } };
  const address = (await isonet.newService({ ...order, allow })) as Address;
  const port = (await isonet.call(address, "lua", "port")) as number;
  const count = async (): Promise<unknown> => isonet.call(address, "lua", "count");
  const early = await client(port);
  await expect.poll(count).toBe(1);

  const log = path.join(directory, "host.log");
  await expect.poll(() => readFileSync(log, "utf8"), { timeout: 20_000 }).toContain("MOVED from");
  const late = await client(port);

  await expect.poll(count).toBe(2);
  early.socket.destroy();
  late.socket.destroy();
});
