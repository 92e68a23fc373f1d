// Looking into services on a real host: snapshots, growth, profiles, samples and injections into
// functions, of services in shards and in cells.

import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const player = `
import * as isonet from "isonet";
class Trinket { constructor(id) { this.id = id; this.marks = [id, id + 1, id + 2]; } }
const bag = [];
let gold = 3;
function burn(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i * sum);
  return sum;
}
function makeShop() {
  let stock = 7;
  return function sell(count) { stock -= count; return stock; };
}
const sell = makeShop();
isonet.commands({
  collect: (count) => {
    for (let i = 0; i < count; i++) bag.push(new Trinket(i));
    return bag.length;
  },
  work: (rounds) => burn(rounds),
  sell: (count) => sell(count),
  quit: () => isonet.exit(),
  wait: () => isonet.sleep(6000),
  async doze(ticks) {
    return await rest(ticks);
  },
});
async function rest(ticks) {
  await isonet.sleep(ticks);
}`;

const profiles = path.join(tmpdir(), `isonet-profiles-${process.pid}`);
let running: TestHost;
let port = 0;
const addresses: Record<string, string> = {};
const places = ["shard", "cell"] as const;

beforeAll(async () => {
  mkdirSync(profiles, { recursive: true });
  running = await startHost(
    { player },
    { console: { host: "127.0.0.1", port: 0 }, profileDirectory: profiles, cells: 1 },
  );
  port = running.host.listeners.find(({ what }) => what === "console")?.port ?? 0;
  addresses["shard"] = await launch("trusted");
  addresses["cell"] = await launch("untrusted");
}, 60_000);

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  rmSync(profiles, { recursive: true, force: true });
});

async function launch(trust: "trusted" | "untrusted"): Promise<string> {
  const owner = trust === "untrusted" ? { trust, owner: "ann", cpuPerSecondMs: 1000 } : {};
  const address = await running.isonet.newService({ name: "player", ...owner });
  return running.isonet.address(address as never);
}

const patience = { timeout: 20_000, interval: 50 };

/** What the log says of the looks into a service that have begun. */
function begun(address: string): string[] {
  const lines = readFileSync(path.join(running.directory, "host.log"), "utf8").split("\n");
  const entries = lines.filter((line) => line.includes("INSPECT begins"));
  const parsed = entries.map((line) => JSON.parse(line) as { address: string; text: string });
  const own = parsed.filter((entry) => entry.address === address);
  return own.map(({ text }) => text.replace("INSPECT begins: ", ""));
}

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

describe.each(places)("a service in a %s", (place) => {
  const who = (): string => addresses[place] ?? "";

  test("writes a heap snapshot that holds its objects, into the directory only", async () => {
    await typed(`call ${who()} "collect", 1000`);
    const [file = "", what, ending] = await typed(`heap ${who()} ${place}`);
    const again = await typed(`heap ${who()} ${place}`);
    const outside = await typed(`heap ${who()} ../${place}`);

    expect(ending).toBe("<CMD OK>");
    expect(file).toMatch(new RegExp(`/${place}.heapsnapshot$`));
    expect(what).toMatch(/^[\d.]+ Kb: \d+ objects of [\d.]+ Kb, \d+ edges$/);
    const snapshot = JSON.parse(readFileSync(file, "utf8")) as {
      strings: string[];
      snapshot: { meta: object };
    };
    expect(snapshot.strings).toContain("Trinket");
    expect(again[0]).toMatch(/^ARGUMENT_INVALID: cannot create .*: it is there already$/);
    expect(outside[0]).toMatch(/^ARGUMENT_INVALID: "\.\.\/.*" is no name for a file/);
  }, 60_000);

  test("shows for a suspended request who awaits, from the innermost await to the handler", async () => {
    const address = await launch(place === "shard" ? "trusted" : "untrusted");
    running.isonet.send(address, "lua", "doze", 6000);
    const [line = "", ...lines] = await typed(`task ${address}`);

    expect(line).toMatch(/^thread \d+ lua\ttimer or wake-up session \d+ for [\d.]+ s$/);
    expect(lines.map((each) => each.replace(/\(.*\//, "("))).toEqual([
      "    at async rest (player.ts:30:3)",
      "    at async doze (player.ts:26:12)",
      "<CMD OK>",
    ]);
    await typed(`kill ${address}`);
  }, 60_000);

  test("shows what has grown, and who keeps it, and leaves no file", async () => {
    const before = readdirSync(profiles);
    const diff = typed(`heapdiff ${who()} 2`);
    await new Promise((resolve) => void setTimeout(resolve, 1500));
    for (let calls = 0; calls < 5; calls++) await typed(`call ${who()} "collect", 1000`);
    const lines = await diff;

    expect(lines.at(-1)).toBe("<CMD OK>");
    expect(lines.join("\n")).toMatch(/\+\d{4} +\d+ +[\d.]+  Trinket\n/);
    expect(lines.join("\n")).toMatch(/^Trinket: .*bag.* → Trinket$/m);
    expect(readdirSync(profiles)).toEqual(before);
  }, 60_000);

  test("is profiled while it goes on, with lines of its author's file", async () => {
    const profiling = typed(`profile ${who()} 1 ${place}`);
    const state = { isOver: false };
    void profiling.finally(() => (state.isOver = true));
    while (!state.isOver) await typed(`call ${who()} "work", 100000`);
    const [file = "", total, titles, hottest = ""] = await profiling;

    expect(total).toMatch(/ ms of CPU time in \d+ samples$/);
    expect(titles).toMatch(/SELF ms/);
    expect(hottest).toMatch(/(burn|work) .*player\.ts:\d+$/);
    expect(existsSync(file)).toBe(true);
  }, 60_000);

  test("has its allocations sampled", async () => {
    const sampling = typed(`sample ${who()} 1`);
    for (let tries = 0; tries < 8; tries++) {
      await typed(`call ${who()} "collect", 5000`);
      await new Promise((resolve) => void setTimeout(resolve, 100));
    }
    const lines = await sampling;

    expect(lines.at(-1)).toBe("<CMD OK>");
    expect(lines.join("\n")).toMatch(/ (Trinket|collect) .*player\.ts:\d+/);
  }, 60_000);

  test("takes a script into the closure of a function when it is called", async () => {
    const script = path.join(running.directory, "stock.js");
    writeFileSync(
      script,
      "print('stock', stock, 'count', count, args[0]); stock += 100; return this === undefined;",
    );
    const injecting = typed(`inject ${who()} ${script} --at sell:13 --deadline 20000 word`);
    for (let tries = 0; tries < 100; tries++) {
      const sold = await typed(`call ${who()} "sell", 1`);
      if (Number(sold[0]?.split("\t")[1]) > 50) break;
    }
    const lines = await injecting;
    const missed = await typed(`inject ${who()} ${script} --at sell:13 --deadline 50`);
    const many = await typed(`inject ${who()} ${script} --at sell`);
    const nowhere = await typed(`inject ${who()} ${script} --at nothing`);

    expect(lines[0]).toMatch(/^stock -?\d+ count 1 word$/);
    expect(lines.at(-1)).toBe("<CMD OK>");
    expect(missed[0]).toMatch(/^INJECT_MISSED: the function at .*player\.ts:13 was not called/);
    expect(many[0]).toMatch(/^INJECT_FAILED: several functions are named sell: say which as/);
    expect(nowhere[0]).toMatch(
      /^INJECT_FAILED: no function that has been reached is named nothing/,
    );
  }, 60_000);

  test("leaves a line in the log for each look and each injection that begins", () => {
    const lines = begun(who()).map((line) => line.replaceAll(/\S*player\.ts:\d+/g, "a function"));

    expect(new Set(lines)).toEqual(
      new Set([
        "a heap snapshot",
        expect.stringMatching(/^a CPU profile, for \d+ ms$/),
        expect.stringMatching(/^samples of allocations, for \d+ ms$/),
        "an injection at the next call of a function, for 20000 ms",
        "an injection at the next call of a function, for 50 ms",
      ]),
    );
  });

  test("may end while it is profiled", async () => {
    const address = await launch(place === "cell" ? "untrusted" : "trusted");
    const profiling = typed(`profile ${address} 30`);
    await expect.poll(() => begun(address), patience).toEqual(["a CPU profile, for 30000 ms"]);
    const busy = await typed(`heap ${address}`);
    await typed(`call ${address} "quit"`);
    const lines = await profiling;

    expect(busy[0]).toMatch(/^INSPECT_BUSY: /);
    expect(lines.at(-1)).toMatch(/^<CMD (OK|Error)>$/);
    expect((await typed("list")).at(-1)).toBe("<CMD OK>");
  }, 60_000);
});
