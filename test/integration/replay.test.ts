// Record and replay on a real host: what a recorded service did, it does again, byte for byte.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../kit/child.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { hostFlags } from "../kit/node-flags.ts";
import { ProtocolSocket } from "../kit/protocol-socket.ts";

const player = `
import { call, commands, exportState, fork, infoFunc, sleep, start, time, timeout, now, stat } from "isonet";
import { randomBytes } from "isonet/crypt";
const { random } = Math;
const born = Date.now();
const seen = [];
let rolls = 0;
commands({
  roll: async (other) => {
    rolls++;
    const value = Math.floor(random() * 1e9);
    seen.push([value, Date.now() - born, new Date().getTime(), String(Date()).length]);
    seen.push([now(), time(), await randomBytes(8)]);
    const doubled = await call(other, "lua", "double", value);
    await sleep(1);
    seen.push([doubled, random(), Date.now()]);
    return seen.at(-1);
  },
  large: (count) => "x".repeat(count) + random(),
  spin: () => {
    const from = Date.now();
    while (Date.now() - from < 30);
    return Date.now() - from;
  },
  stat: async () => (await stat()).message,
  fail: () => { throw new Error("no " + Math.random()); },
  seen: () => seen,
});
exportState(() => ({ rolls }));
infoFunc(() => ({ rolls }));
start((name) => {
  seen.push([name, random()]);
  timeout(2, () => { seen.push(["timer", Date.now(), random()]); });
  fork(async () => {
    for (let left = 3; left > 0; left--) { await sleep(1); seen.push(random()); }
  });
});
`;

const other = `
import { commands } from "isonet";
commands({ double: (value: number) => value * 2 });
`;

const main = path.resolve(import.meta.dirname, "../../src/main.ts");

let kit: TestHost;
let isonet: TestHost["isonet"];

beforeAll(async () => {
  const recordPath = mkdtempSync(path.join(tmpdir(), "isonet-recordings-"));
  kit = await startHost({ player, other }, { shards: 1, console: { port: 0 }, recordPath });
  ({ isonet } = kit);
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(kit.host.options.recordPath, { recursive: true });
});

function command(
  ...words: readonly unknown[]
): Promise<{ ok: boolean; result: never; code?: string }> {
  const { host, port } = kit.host.listeners[0] as { host: string; port: number };
  const [name, ...args] = words;
  return fetch(`http://${host}:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: name, arguments: args }),
  }).then((answer) => answer.json() as never);
}

/** Has a recorded player do all it can, and gives the file of its recording. */
async function recorded(trust: "trusted" | "untrusted"): Promise<string> {
  const helper = (await isonet.newService("other")) as Address;
  const plain = { name: "player", record: true } as const;
  // A slice that no busy machine makes too short: an interrupted turn ends the recording.
  const confined = { trust, sliceMs: 5000, cpuPerSecondMs: 1000, allow: { send: [helper] } };
  const options = trust === "trusted" ? plain : { ...plain, ...confined };
  const address = (await isonet.newService(options, "ann")) as Address;
  await Promise.all([1, 2, 3].map(() => isonet.call(address, "lua", "roll", helper)));
  await isonet.call(address, "lua", "large", 50_000);
  await isonet.call(address, "lua", "spin");
  await isonet.call(address, "lua", "fail").catch(() => {});
  await isonet.call(address, "lua", "stat");
  await isonet.call(address, "lua", "roll", helper);
  await isonet.call(address, "lua", "seen");
  const { result } = await command("logoff", isonet.address(address));
  return (result as { file: string }).file;
}

async function replayed(
  ...args: string[]
): Promise<{ code: number | null; result: never; stdout: string }> {
  await using child = new Child([process.execPath, ...hostFlags, main, "replay", ...args]);
  const { stdout, stderr, code } = await child.ended;
  expect(stderr.replaceAll(/.*Warning.*\n|\(Use `node.*\n/g, "")).toBe("");
  return {
    code,
    stdout,
    result: (stdout.startsWith("{") ? JSON.parse(stdout) : undefined) as never,
  };
}

describe.each(["trusted", "untrusted"] as const)("a %s service", (trust) => {
  test("does the same again, twice, with its timers, calls, time and chance, the host's too", async () => {
    const file = await recorded(trust);

    for (let round = 0; round < 2; round++) {
      const { code, result } = await replayed(file, "--json");
      expect(result).toMatchObject({ ending: "logoff", difference: null });
      const { played, inputs } = result as { played: number; inputs: number };
      expect(played).toBe(inputs);
      expect(inputs).toBeGreaterThan(10);
      expect(code).toBe(0);
    }
  });
});

describe("a replay", () => {
  let file: string;

  beforeAll(async () => {
    file = await recorded("trusted");
  });

  test("names the first input at which a changed source goes another way", async () => {
    const changed = path.join(kit.directory, "changed.ts");
    writeFileSync(changed, player.replace("1e9", "1e8"));

    const { code, stdout } = await replayed(file, "--with", changed);

    expect(code).toBe(1);
    expect(stdout).toMatch(/input \d+ came otherwise:\n {2}recorded: kind 10 to :\S+ session \d+/);
  });

  test("stops where it is told, and prints the state there", async () => {
    const first = await replayed(file, "--json", "--to", "0");
    const last = await replayed(file, "--json", "--to", "100000");

    expect([first.code, last.code]).toEqual([0, 0]);
    const state = (rolls: number): object => ({ exported: { rolls }, info: { rolls } });
    expect(first.result).toMatchObject({ played: 1, state: state(0) });
    expect(last.result).toMatchObject({ difference: null, state: state(4) });
  });

  test("stops for DevTools at the first line of the author, and goes on when that has gone", async () => {
    const args = ["replay", file, "--devtools"];
    await using child = new Child([process.execPath, ...hostFlags, main, ...args]);
    const [url] = await child.saw(/ws:\/\/\S+/);
    const devtools = await new ProtocolSocket(url).opened();
    await devtools.ask("Debugger.enable");
    await devtools.ask("Runtime.runIfWaitingForDebugger");
    await devtools.saw("Debugger.paused");

    devtools.drop();

    const { stdout, code } = await child.ended;
    expect(stdout).toMatch(/inputs played, all came as recorded/);
    expect(code).toBe(0);
  });

  test("refuses a file that was changed", async () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 400] = (bytes[bytes.length - 400] as number) ^ 1;
    const damaged = path.join(kit.directory, "damaged.isorec");
    writeFileSync(damaged, bytes);
    await using child = new Child([process.execPath, ...hostFlags, main, "replay", damaged]);

    const { stderr, code } = await child.ended;

    expect(stderr).toContain("RECORDING_INVALID");
    expect(code).toBe(2);
  });
});

describe("logon", () => {
  test("refuses a service that runs already and exports no state, and says what to do", async () => {
    const address = (await isonet.newService("other")) as Address;

    expect(await command("logon", isonet.address(address))).toMatchObject({
      ok: false,
      code: "RECORDING_REFUSED",
      error: expect.stringContaining("logon next other") as string,
    });
  });

  test("records the next services of a name until logoff", async () => {
    await command("logon", "next", "other");
    const address = (await isonet.newService("other")) as Address;
    const [open] = (await command("logon")).result as { name: string }[];
    await command("logoff", "next", "other");
    await isonet.call(address, "lua", "double", 4);
    await isonet.kill(address);

    expect(open?.name).toBe("other");
    await expect.poll(async () => (await command("logon")).result).toEqual([]);
    const folder = kit.host.options.recordPath;
    const name = readdirSync(folder).find((one) => one.startsWith("other-")) ?? "";
    const { result } = await replayed(path.join(folder, name), "--json");
    expect(result).toMatchObject({
      difference: null,
      ending: expect.stringContaining("has ended: ADDRESS_DEAD") as string,
    });
  });
});
