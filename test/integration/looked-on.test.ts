// Services that run already are looked on, on a real host: recorded from there on for a replay, and
// shadowed by a patched copy.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Address } from "isonet";
import type { HotfixReport } from "../../services/api/hotfix.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child } from "../kit/child.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { hostFlags } from "../kit/node-flags.ts";
import { ProtocolSocket } from "../kit/protocol-socket.ts";

const player = `
import { call, commands, exit, exportState, importState, sleep, timeout, now, time } from "isonet";
let rolls = [];
let ticks = 0;
const tick = () => { ticks++; timeout(1, tick); };
tick();
exportState(() => ({ rolls, big: "y".repeat(rolls.length > 0 ? 60_000 : 0) }));
importState((state) => { ({ rolls } = state); });
commands({
  roll: async (other) => {
    const value = Math.floor(Math.random() * 1e9);
    const doubled = await call(other, "lua", "double", value);
    await sleep(1);
    rolls.push([value, doubled, Date.now(), now(), time(), ticks > 0]);
    return rolls.length;
  },
  owe: async (other) => { await call(other, "lua", "hang"); },
  rolls: () => rolls,
  price: (count) => count * 3,
  fail: () => { throw new Error("no"); },
  leave: () => exit(),
  large: (count) => "x".repeat(count),
});
`;

const other = `
import { commands, sleep } from "isonet";
commands({ double: (value) => value * 2, hang: async () => { await sleep(30_000); } });
`;

const stateless = `
import { commands } from "isonet";
commands({ hello: () => "hello" });
`;

const stubborn = `
import { commands, exportState, importState } from "isonet";
exportState(() => 1);
importState(() => { throw new Error("not this time"); });
commands({ hello: () => "hello" });
`;

const main = path.resolve(import.meta.dirname, "../../src/main.ts");

let kit: TestHost;
let isonet: TestHost["isonet"];
let helper: Address;

beforeAll(async () => {
  const recordPath = mkdtempSync(path.join(tmpdir(), "isonet-recordings-"));
  kit = await startHost(
    { player, other, stateless, stubborn },
    { shards: 1, cells: 1, console: { port: 0 }, recordPath },
  );
  ({ isonet } = kit);
  helper = (await isonet.newService("other")) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(kit.host.options.recordPath, { recursive: true });
});

type Answer = { ok: boolean; result: Record<string, never>; code?: string; error?: string };

function command(name: string, ...args: readonly unknown[]): Promise<Answer> {
  return posted({ command: name, arguments: args });
}

function posted(body: object): Promise<Answer> {
  const { host, port } = kit.host.listeners[0] as { host: string; port: number };
  return fetch(`http://${host}:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).then((answer) => answer.json() as never);
}

async function shadow(address: Address, source: string, seconds?: number): Promise<Answer> {
  const rest = seconds === undefined ? [] : [seconds];
  const words = [isonet.address(address), "copy.ts", ...rest];
  return posted({ command: "shadow", arguments: words, source });
}

const stopped = (address: Address): Promise<Answer> =>
  command("shadow", "stop", isonet.address(address));

/** Why the shadow of this service has ended, as `shadow` lists it. */
async function endingOf(address: Address): Promise<string | undefined> {
  const rows = (await command("shadow")).result as unknown as Record<string, string>[];
  return rows.find((row) => row["address"] === isonet.address(address))?.["ending"];
}

const patience = { timeout: 10_000, interval: 50 };

type Printed = { readonly code: number | null; readonly answer: Record<string, unknown> };

/** The isonet command with these words, and the JSON that it prints. */
async function run(...words: string[]): Promise<Printed> {
  const flags = [...hostFlags, "--disable-warning=ExperimentalWarning"];
  await using child = new Child([process.execPath, ...flags, main, ...words, "--json"]);
  const { stdout, stderr, code } = await child.ended;
  expect(stderr).toBe("");
  return { code, answer: JSON.parse(stdout) as Record<string, unknown> };
}

async function replayed(...words: string[]): Promise<Record<string, unknown>> {
  return (await run("replay", ...words)).answer;
}

function fromShell(...words: string[]): Promise<Printed> {
  const [{ port } = { port: 0 }] = kit.host.listeners as { port: number }[];
  return run(...words, "--port", String(port));
}

const confined = { trust: "untrusted", owner: "someone", sliceMs: 5000, cpuPerSecondMs: 1000 };
const places = [
  ["a shard", {}],
  ["a cell", confined],
] as const;

async function launch(options: object, name = "player"): Promise<Address> {
  const allow = "trust" in options ? { allow: { send: [helper] } } : {};
  const order = { name, ...options, ...allow };
  return (await isonet.newService(order)) as Address;
}

describe.each(places)("a service in %s", (_, options) => {
  const roll = (to: Address): Promise<unknown> => isonet.call(to, "lua", "roll", helper);

  test("is recorded while it runs, with the state it has, and replayed byte for byte", async () => {
    const target = await launch(options);
    await roll(target);
    const before = await isonet.call(target, "lua", "rolls");

    const { result } = await command("logon", isonet.address(target));

    expect(result).toMatchObject({ address: isonet.address(target), name: "player" });
    expect(await isonet.call(target, "lua", "rolls")).toEqual(before);
    const rolling = [roll(target), roll(target)];
    const hanging = isonet.call({ to: target, timeoutMs: 300 }, "lua", "owe", helper);
    await isonet.call(target, "lua", "large", 50_000);
    await Promise.all(rolling);
    await hanging.catch(() => {});
    const { result: ended } = await command("logoff", isonet.address(target));
    expect(await roll(target)).toBe(4);
    const file = ended["file"] as unknown as string;
    const again = await replayed(file, "--to", "100000");
    expect(again).toMatchObject({ ending: "logoff", difference: null });
    expect(again["played"]).toBe(again["inputs"]);
    expect(again["inputs"]).toBeGreaterThan(10);
    expect(again["state"]).toMatchObject({ exported: { rolls: { length: 3 } } });
  });

  test("has a shadow with the same text, which does all that it does", async () => {
    const target = await launch(options);
    await roll(target);
    const { result } = await shadow(target, player);
    expect(result).toMatchObject({ ending: "", different: 0 });
    await Promise.all([roll(target), roll(target), roll(target)]);
    await isonet.call(target, "lua", "large", 50_000);
    await isonet.call(target, "lua", "fail").catch(() => {});

    const listed = await command("shadow");
    const report = await stopped(target);

    const mine = { address: isonet.address(target), ending: "" };
    expect(listed.result).toContainEqual(expect.objectContaining(mine));
    expect(report.result).toMatchObject({ ending: "shadow stop", different: 0, errors: 1 });
    expect(report.result["compared"]).toBeGreaterThan(15);
    expect(report.result["cpuMs"]).toBeGreaterThan(0);
  });

  test("is told what a patched copy does otherwise, and nothing of the copy leaves it", async () => {
    const target = await launch(options);
    const patched = player
      .replace("count * 3", "(error('of the copy'), count * 4)")
      .replace("import { call", "import { error, newService, register, send, call")
      .replace("rolls: () =>", "rolls: () => leave() ??")
      .concat("function leave() { register('.copy'); send('.helper', 'lua', 'double', 1);")
      .concat("newService('other'); }");
    await shadow(target, patched);
    const before = await command("list");

    expect(await isonet.call(target, "lua", "price", 5)).toBe(15);
    expect(await roll(target)).toBe(1);
    expect(await isonet.call(target, "lua", "rolls")).toHaveLength(1);
    const { result } = await stopped(target);

    expect(result).toMatchObject({ logLines: 1, errors: 0, ending: "shadow stop" });
    expect(result["different"]).toBeGreaterThan(1);
    expect((await command("list")).result).toEqual(before.result);
    expect((await command("names")).result).not.toHaveProperty(".copy");
    const log = readFileSync(path.join(kit.directory, "host.log"), "utf8");
    expect(log).toContain("SHADOW differs at input");
    expect(log).not.toContain('"text":"of the copy');
    const { original, copy } = (result as unknown as { first: Record<string, string> }).first;
    expect(original).toMatch(/^kind 1 to :\S+ session \d+, \d+ bytes: \[ 15 \]$/);
    expect(copy).toMatch(/^kind 1 to :\S+ session \d+, \d+ bytes: \[ 20 \]$/);
  });

  test("goes on when its copy spins, uses up its memory or does not load", async () => {
    const target = await launch({ ...options, memoryMb: 16 });
    const endings: [string, RegExp][] = [
      ["for (;;);", /its turn took longer than \d+ ms/],
      ["const all = []; for (;;) all.push(new Array(1000).fill(all.length));", /MEMORY_LIMIT/],
    ];

    for (const [text, ending] of endings) {
      const short = { ...options, sliceMs: 400 };
      const victim = "trust" in options ? await launch(short) : target;
      await shadow(victim, player.replace("(count) => count * 3", `(count) => { ${text} }`));
      expect(await isonet.call(victim, "lua", "price", 2)).toBe(6);
      await vi.waitFor(async () => expect(await endingOf(victim)).toMatch(ending), patience);
      expect(await isonet.call(victim, "lua", "price", 2)).toBe(6);
    }
    const { result } = await shadow(target, `${player}\nthrow new Error("in the body");`);
    expect(result["ending"]).toContain("in the body");
    expect(await isonet.call(target, "lua", "price", 3)).toBe(9);
  });

  test("is neither recorded nor shadowed while it runs when it exports no state", async () => {
    const target = await launch(options, "stateless");

    for (const refused of [
      await command("logon", isonet.address(target)),
      await shadow(target, stateless),
    ]) {
      expect(refused).toMatchObject({ ok: false, code: "RECORDING_REFUSED" });
      expect(refused.error).toContain("logon next stateless");
    }
    expect(await isonet.call(target, "lua", "hello")).toBe("hello");
    const files = readdirSync(kit.host.options.recordPath);
    expect(files.filter((name) => name.startsWith("stateless"))).toEqual([]);
  });

  test("ends with its shadow, whose report stays", async () => {
    const target = await launch(options);
    await shadow(target, player);
    await isonet.call(target, "lua", "price", 1);

    await isonet.kill(target);

    await vi.waitFor(async () => {
      const ending = await endingOf(target);
      expect(ending).toContain("the service has ended: ADDRESS_DEAD");
    }, patience);
  });
});

test("who is looked on once is not looked on twice", async () => {
  const target = await launch({});
  const { result } = await command("logon", isonet.address(target));
  const again = await command("logon", isonet.address(target));
  const refused = await shadow(target, player);
  await command("logoff", isonet.address(target));
  await shadow(target, player);
  const recorded = await command("logon", isonet.address(target));
  const none = await stopped(helper);

  expect(again.result["file"]).toBe(result["file"]);
  expect(refused).toMatchObject({ code: "RECORDING_REFUSED" });
  expect(recorded).toMatchObject({ code: "RECORDING_REFUSED" });
  expect(none).toMatchObject({ code: "RECORDING_REFUSED" });
});

test("a service that is recorded while it runs is recorded in its next life, until logoff", async () => {
  const target = await launch({ restart: "always" });
  const { result } = await command("logon", isonet.address(target));
  isonet.send(target, "lua", "leave");

  const open = async (): Promise<string[]> =>
    ((await command("logon")).result as unknown as { file: string }[]).map(({ file }) => file);
  await vi.waitFor(async () => {
    const files = await open();
    expect(files).toHaveLength(1);
    expect(files).not.toContain(result["file"]);
  }, patience);
  await command("logoff", isonet.address(target));
  isonet.send(target, "lua", "leave");
  await vi.waitFor(() => isonet.call(target, "lua", "price", 1), patience);

  expect(await open()).toEqual([]);
});

test("a service that does not come to life anew goes on unrecorded, and leaves no file", async () => {
  const target = await launch({}, "stubborn");
  const before = readdirSync(kit.host.options.recordPath);

  const refused = await command("logon", isonet.address(target));

  expect(refused).toMatchObject({ code: "REPLACE_FAILED" });
  expect(refused.error).toContain("not this time");
  expect(await isonet.call(target, "lua", "hello")).toBe("hello");
  expect((await command("logon")).result).toEqual([]);
  expect(readdirSync(kit.host.options.recordPath)).toEqual(before);
});

test("a hotfix ends a recording when it changes the code, and no other does", async () => {
  const target = await launch({});
  await command("logon", isonet.address(target));
  const hotfix = (edit: (text: string) => string, options = {}): Promise<HotfixReport> =>
    kit.host.hotfix.apply(target, edit(player), options);
  const more = (text: string): string => text.replace("rolls.length;", "rolls.length + 100;");

  const blocked = await hotfix((text) => text.replace("let ticks = 0", "let ticks = 1"));
  const rejected = await hotfix((text) => text.replace("count * 3", "count *"));
  const dry = await hotfix(more, { isDryRun: true });
  expect([blocked, rejected, dry].map(({ outcome }) => outcome?.kind)).toEqual([
    "needs-replacement",
    "rejected",
    "applied",
  ]);
  expect(await isonet.call(target, "lua", "roll", helper)).toBe(1);
  expect((await command("logon")).result).toHaveLength(1);
  const { file } = (await command("logon")).result[0] as unknown as { file: string };
  expect((await hotfix(more)).how).toBe("live");
  expect(await isonet.call(target, "lua", "roll", helper)).toBe(102);

  await vi.waitFor(async () => expect((await command("logon")).result).toEqual([]), patience);
  const again = await replayed(file);
  expect(again).toMatchObject({ ending: "its code was changed (hotfix)", difference: null });
});

test("a service with a debugger is not recorded, and goes on", async () => {
  const target = await launch({});
  const { result } = await command("devtools", isonet.address(target));
  const devtools = await new ProtocolSocket(String(result["websocket"])).opened();
  await devtools.ask("Runtime.enable");

  const refused = await command("logon", isonet.address(target));
  const price = await isonet.call(target, "lua", "price", 2);
  devtools.drop();

  expect(refused).toMatchObject({ code: "REPLACE_FAILED" });
  expect(refused.error).toContain("a debugger is attached");
  expect(price).toBe(6);
});

test("shadow with seconds answers when they are over; its text is checked before", async () => {
  const target = await launch({});
  writeFileSync(path.join(kit.directory, "copy.ts"), player);
  const words = [isonet.address(target), path.join(kit.directory, "copy.ts"), "0.3"];

  const { code, answer } = await fromShell("shadow", ...words);
  const refused = await shadow(target, "const = 1;");

  expect(code).toBe(0);
  expect(answer["result"]).toMatchObject({ ending: "its time is over", different: 0 });
  expect(refused).toMatchObject({ ok: false, code: "SERVICE_LOAD_FAILED" });
});
