// The console on a real host: what an operator sees of services in isolates, as text, over HTTP and
// by the command.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostFlags } from "../kit/node-flags.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const counter = `
import * as isonet from "isonet";
let gold = 7;
const state = { hits: 0 };
isonet.infoFunc((...args) => ({ gold, hits: state.hits, args }));
isonet.start(() => isonet.register(".counter"));
isonet.commands({
  get: (key) => ({ key, gold: (state.hits++, gold) }),
  fail: () => { throw Object.assign(new Error("no gold left"), { code: "E_GOLD" }); },
  nap: (ticks) => isonet.sleep(ticks),
});`;

const spinner = `
import * as isonet from "isonet";
let turns = 0;
isonet.infoFunc(() => turns);
isonet.commands({ spin: () => { turns++; for (;;) {} } });`;

const evil = `
import * as isonet from "isonet";
isonet.infoFunc(() => "\\u001b[2Jcleared\\n<CMD OK>\\n:00000000\\tfake");`;

let running: TestHost;
let port = 0;

beforeAll(async () => {
  running = await startHost(
    { counter, spinner, evil, broken: "let x = ;", once: "import { exit } from 'isonet'; exit();" },
    { console: { host: "127.0.0.1", port: 0 }, turnMsMax: 60_000 },
  );
  port = running.host.listeners.find(({ what }) => what === "console")?.port ?? 0;
  await running.isonet.newService("counter", "one");
});

afterAll(() => running[Symbol.asyncDispose]());

/** Types lines and gives what is printed behind the greeting. */
async function typed(...lines: string[]): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.end(`${lines.join("\n")}\n`);
  await once(socket, "close");
  return text.split("\n").slice(1, -1);
}

type Json = { ok: boolean; result?: unknown; code?: string; error?: string };

async function http(pathOrBody: string | object): Promise<Json & { status: number }> {
  const isGet = typeof pathOrBody === "string";
  const sent = request({
    port,
    host: "127.0.0.1",
    ...(isGet
      ? { path: pathOrBody }
      : { path: "/", method: "POST", headers: { "content-type": "application/json" } }),
  });
  sent.end(isGet ? undefined : JSON.stringify(pathOrBody));
  const [response] = (await once(sent, "response")) as [
    AsyncIterable<Buffer> & { statusCode: number },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, ...(JSON.parse(Buffer.concat(chunks).toString()) as Json) };
}

/** Runs the isonet command on this host. */
function command(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const bin = path.resolve(import.meta.dirname, "../../bin/isonet.mjs");
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string; err: string }>();
  const args = [...hostFlags, bin, ...words];
  execFile(process.execPath, [...args, "--port", String(port)], (error, out, err) =>
    resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
  );
  return promise;
}

async function started(...line: string[]): Promise<string> {
  const [address = ""] = (await typed(`start ${line.join(" ")}`))[0]?.split("\t") ?? [];
  return address;
}

describe("console of a host", () => {
  test("lists, measures and collects services", async () => {
    const lines = await typed("list", "stat .counter", "mem .counter", "gc .counter");

    expect(lines[0]).toBe(":01000101\tcounter one");
    expect(lines[2]).toMatch(/^:01000101\tcpu:[\d.e-]+\tmessage:\d+\tmqlen:0\ttask:\d+$/);
    expect(lines[4]).toMatch(/^:01000101\t\d+\.\d\d Kb \(counter one\)$/);
    expect(lines[6]).toMatch(/^:01000101\t\d+\.\d\d Kb \(counter one\)$/);
    expect(lines.filter((line) => line === "<CMD OK>")).toHaveLength(4);
  });

  test("shows what a service tells of itself, and what it waits for", async () => {
    const napping = running.isonet.call({ to: ".counter", timeoutMs: 5000 }, "lua", "nap", 6000);
    napping.catch(() => {});

    const info = await typed("info .counter a b");
    const tasks = await typed("task .counter");
    const thread = /^thread (\d+) lua session: \d+ from :01000100$/.exec(
      tasks[0]?.split("\t")[0] ?? "",
    )?.[1];
    const killed = await typed(`killtask .counter ${thread ?? "?"}`);

    expect(info).toEqual(["args\t0:a\t1:b", "gold\t7", "hits\t0", "<CMD OK>"]);
    expect(tasks[0]).toMatch(/\ttimer or wake-up session \d+ for \d+\.\d\d s$/);
    expect(killed).toEqual([`thread ${thread ?? "?"} lua`, "<CMD OK>"]);
    await expect(napping).rejects.toMatchObject({ code: "THREAD_KILLED" });
  });

  test("calls a service, and shows what it answers or how it fails", async () => {
    const lines = await typed(
      `call .counter "get", { id: 1 }`,
      `call .counter "fail"`,
      `call .counter "none"`,
    );

    expect(lines).toEqual([
      `1\tgold:7\tkey:{"id":1}`,
      "n\t1",
      "<CMD OK>",
      "REMOTE_FAULT: no gold left (E_GOLD)",
      "<CMD Error>",
      expect.stringMatching(/^COMMAND_UNKNOWN: /) as string,
      "<CMD Error>",
    ]);
  });

  test("pings within a second and says how long it took", async () => {
    const [line = ""] = await typed("ping .counter");

    expect(line).toMatch(/^\d{1,2}\t\d+\.\d\d ms$/);
  });

  test("injects a script with the module's own variables in its scope", async () => {
    const file = path.join(running.directory, "fix.js");
    writeFileSync(file, "print('gold was', gold); gold = Number(args[0]); state.hits = 100;");

    const lines = await typed(`inject .counter ${file} 55`, "info .counter");

    expect(lines.slice(0, 4)).toEqual(["gold was 7", "<CMD OK>", "args\t", "gold\t55"]);
    await http({
      command: "inject",
      arguments: [".counter", "back.js"],
      source: "gold = 7; state.hits = 0",
    });
  });

  test("says where an injected script failed, and what it had printed", async () => {
    const source = "print('before');\nnull.x";
    const { status, code, error } = await http({
      command: "inject",
      arguments: [".counter", "bad.js"],
      source,
    });

    expect([status, code]).toEqual([500, "INJECT_FAILED"]);
    expect(error).toMatch(/^before\n.*TypeError: Cannot read properties of null/s);
  });

  test("kills a service, and exit makes one end itself", async () => {
    const first = await started("spinner", "two");
    const second = await started("spinner");

    expect(await typed(`kill ${first}`)).toEqual([`${first}\tspinner two`, "<CMD OK>"]);
    expect(await typed(`exit ${second}`)).toEqual(["<CMD OK>"]);
    expect(await typed("list")).toEqual([":01000101\tcounter one", "<CMD OK>"]);
    expect(await typed(`kill ${first}`)).toEqual([`${first}\tnil`, "<CMD OK>"]);
  });

  test("frees a service that spins with signal 0, its state kept, while the others answer", async () => {
    const address = await started("spinner");
    running.isonet.send(address, "lua", "spin");

    const stuck = await typed(`stat ${address} 20`);
    const others = await http("/list");
    const signalled = await typed(`signal ${address}`);
    const alive = await typed(`info ${address}`);
    await typed(`kill ${address}`);

    expect(stuck).toEqual([`${address}\tTIMEOUT`, "<CMD OK>"]);
    expect(others.result).toMatchObject({ [address]: "spinner" });
    expect(signalled).toEqual(["<CMD OK>"]);
    expect(alive).toEqual(["1", "<CMD OK>"]);
  });

  test("kills a service that spins", async () => {
    const address = await started("spinner");
    running.isonet.send(address, "lua", "spin");

    expect(await typed(`kill ${address}`)).toEqual([`${address}\tspinner`, "<CMD OK>"]);
    expect((await http("/list")).result).not.toHaveProperty(address);
  });

  test("says why a service does not start", async () => {
    const broken = await typed("start broken");
    const missing = await http({ command: "start", arguments: ["nowhere"] });

    expect(broken[0]).toMatch(/^SERVICE_LOAD_FAILED: Failed to start broken: .*broken\.ts:1/);
    expect([missing.status, missing.code]).toEqual([404, "SERVICE_NOT_FOUND"]);
    expect(await typed("list")).toEqual([":01000101\tcounter one", "<CMD OK>"]);
  });

  test("shows names, settings and the host itself", async () => {
    const names = await http("/names");
    const host = await http("/host");
    const set = await typed("setenv color blue green", "getenv color", "setenv color red");

    expect(names.result).toMatchObject({ ".counter": ":01000101", ".console": ":01000005" });
    expect(host.result).toMatchObject({
      node: 1,
      pid: process.pid,
      shards: [{ index: 1 }, { index: 2 }],
    });
    expect(set).toEqual([
      "<CMD OK>",
      "blue green",
      "<CMD OK>",
      expect.stringMatching(/^ENV_EXISTS: /) as string,
      "<CMD Error>",
    ]);
  });

  test("keeps a hostile service's words from the terminal and from ending its own answer", async () => {
    const address = await started("evil");

    expect(await typed(`info ${address}`)).toEqual([
      "\\x1b[2Jcleared",
      " <CMD OK>",
      ":00000000\tfake",
      "<CMD OK>",
    ]);
    await typed(`kill ${address}`);
  });

  test("answers every malformed line and goes on", async () => {
    const lines = await typed(
      "kill",
      "kill zz",
      "call c",
      "call .counter )",
      "mem 1 2 3",
      "stat .nobody",
      "nonsense",
      "list",
    );

    expect(lines.filter((line) => line === "<CMD Error>")).toHaveLength(7);
    expect(lines.slice(-2)).toEqual([":01000101\tcounter one", "<CMD OK>"]);
  });

  test("ends a service's wait for an address nobody has at once", async () => {
    const { status, code } = await http("/ping/:01ffffff");

    expect([status, code]).toEqual([404, "ADDRESS_UNKNOWN"]);
  });
});

describe("isonet command on a host", () => {
  test("shows services for people, and the host's answer with --json", async () => {
    const table = await command("list");
    const json = await command("list", "--json");

    expect(table).toMatchObject({ code: 0, out: "ADDRESS    SERVICE\n:01000101  counter one\n" });
    expect(JSON.parse(json.out)).toEqual({ ok: true, result: { ":01000101": "counter one" } });
  });

  test("sends the script that it reads, and its arguments", async () => {
    const file = path.join(running.directory, "ask.js");
    writeFileSync(file, "print(args.join('+'), gold)");

    expect(await command("inject", ".counter", file, "a", "b")).toMatchObject({
      code: 0,
      out: "a+b 7\n",
    });
  });

  test("reads each word of a call as a value where it is one", async () => {
    const { out } = await command("call", ".counter", "get", "{id: [1, 'x']}");

    expect(out).toBe("{ key: { id: [ 1, 'x' ] }, gold: 7 }\n");
  });

  test("ends with 1 when the host says no, and tells why", async () => {
    expect(await command("kill", "ffff")).toMatchObject({
      code: 1,
      err: "isonet: no service has the address :0100ffff\n",
    });
    expect((await command("call", ".counter", "fail")).err).toBe(
      "isonet: REMOTE_FAULT: no gold left (E_GOLD)\n",
    );
  });

  test("starts snax services, and says of what it has not what there is in its place", async () => {
    expect((await command("snax", "counter")).err).toContain("Failed to start counter");
    expect(await command("dumpheap")).toMatchObject({
      code: 1,
      err: expect.stringContaining("heap ADDRESS writes that of one"),
    });
    expect((await command("debug", ".counter")).err).toContain("isonet console");
  });

  test("runs commands of a pipe and ends with 1 when one of them failed", async () => {
    const bin = path.resolve(import.meta.dirname, "../../bin/isonet.mjs");
    const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string }>();
    const child = execFile(
      process.execPath,
      [...hostFlags, bin, "console", "--port", String(port)],
      (error, out) => resolve({ code: error?.code, out }),
    );
    child.stdin?.end("list\nnonsense\n");

    expect(await promise).toEqual({
      code: 1,
      out: ":01000101\tcounter one\n<CMD OK>\nInvalid command, type help for command list\n\n<CMD Error>\n",
    });
  });
});
