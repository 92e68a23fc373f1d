// Snax on a real host: services whose modules export their methods, in a shard and in a cell.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { SnaxObject } from "isonet";
import { LineClient } from "../kit/line-client.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const counter = `
import { sleep, snax } from "isonet";
let count = 0;
const heard: string[] = [];
export const accept = {
  hear(word: string) { heard.push(word); return "ignored"; },
  leave() { void snax.exit("by itself"); },
};
export const response = {
  add(step: number) { count += step; return count; },
  async rest(ticks: number) { await sleep(ticks); },
  async slow(value: unknown) { await sleep(1); return value; },
  heard: () => heard,
  fail() { throw Object.assign(new Error("no more"), { code: "EMPTY" }); },
  busy(ms: number) { for (const end = Date.now() + ms; Date.now() < end; ); },
  cluster: () => snax.enableCluster(),
  me: () => { const me = snax.self(); return [me.handle, String(me), Object.keys(me)]; },
  print: () => snax.printf("%5.2f|%-4s|%04d|%x|%%|%s", 1.23456, "ab", 42, 255, { a: 1 }),
};
export function init(first = 0) { count = first; }
export function exit(...args: unknown[]) { return ["bye", count, ...args]; }
`;
/** Gives its state to the one that takes its place; its start handler is none of snax. */
const moving = `
import { exportState, importState, start } from "isonet";
//
let count = 0;
export const response = { add(step: number) { count += step; return count; } };
start((first = 0) => { count = first; });
exportState(() => count);
importState((state) => { count = state as number; });
`;
const plain = `import { commands } from "isonet"; commands({ ping: () => "pong" });`;
const wrong = `export const response = { add: 7 };`;
const getter = `export const response = { get add() { for (;;); } };`;
const twice = `import { start } from "isonet"; start(() => {}); export const accept = {}; export const init = () => {};`;
/** What an untrusted one may do to another. */
const stranger = `
import { rawCall, pack, snax, type Address } from "isonet";
const codeOf = (error: { code: string }) => error.code;
export const response = {
  async tries(victim: Address, own: string) {
    const bound = await snax.bind(victim).catch(codeOf) as any;
    const mine = await snax.newService(own);
    return [
      typeof bound === "string" ? bound : await snax.kill(bound).catch(codeOf),
      await rawCall(victim, "snax", pack("exit")).catch(codeOf),
      await snax.hotfix(mine, "return {}").catch(codeOf),
      await snax.kill(mine as any, 1),
    ];
  },
};
`;

type Counter = {
  accept: { hear(word: string): void; leave(): void };
  response: {
    add(step: number): number;
    rest(ticks: number): Promise<void>;
    slow<T>(value: T): Promise<T>;
    heard(): string[];
    fail(): never;
    busy(ms: number): void;
    cluster(): void;
    me(): unknown[];
    print(): void;
  };
  init(first?: number): void;
  exit(...args: unknown[]): unknown[];
};

/** Each method in the other table. */
type Misnamed = { accept: { add(): void }; response: { hear(): void } };

const files = { counter, moving, plain, wrong, getter, twice, stranger };

let kit: TestHost;
let snax: TestHost["isonet"]["snax"];

beforeAll(async () => {
  kit = await startHost(files, {
    shards: 1,
    turnMsMax: 500,
    console: { host: "127.0.0.1", port: 0 },
  });
  ({ snax } = kit.isonet);
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const codeOf = (error: { code: string }): string => error.code;
const places = [
  ["a shard", {}],
  ["a cell", { trust: "untrusted", owner: "alice", sliceMs: 500 }],
] as const;

describe.each(places)("a snax service in %s", (_, terms) => {
  let object: SnaxObject<Counter>;

  beforeAll(async () => {
    object = await snax.newService<Counter>({ name: "counter", ...terms }, 40);
  });

  test("is started with arguments, and answers requests with what its methods return", async () => {
    expect(await object.req.add(2)).toBe(42);
    expect(await object.req.slow({ deep: [1n] })).toEqual({ deep: [1n] });
  });

  test("gets posts in order, without an answer", async () => {
    expect(object.post.hear("a")).toBeUndefined();
    object.post.hear("b");
    expect(await object.req.heard()).toEqual(["a", "b"]);
  });

  test("is known to itself as to others", async () => {
    const text = `[counter${kit.isonet.address(object.handle)}]`;

    expect(String(object)).toBe(text);
    expect(await object.req.me()).toEqual([
      object.handle,
      text,
      ["handle", "type", "post", "req", "toString"],
    ]);
  });

  test("refuses a method that it does not have, at access and as a message", async () => {
    const untyped = object as unknown as SnaxObject<Misnamed>;

    expect(() => untyped.req.hear).toThrow("request counter:hear no exist");
    expect(() => untyped.post.add).toThrow("post counter:add no exist");
    const sent = kit.isonet.call(object.handle, "snax", "response", "constructor");
    await expect(sent).rejects.toMatchObject({
      code: "COMMAND_UNKNOWN",
      message: expect.stringContaining("no method response."),
    });
  });

  test("hands an error of a method to the caller", async () => {
    await expect(object.req.fail()).rejects.toMatchObject({
      code: "REMOTE_FAULT",
      remoteCode: "EMPTY",
    });
  });

  test("tells how often each method was called, and for how long it ran", async () => {
    await object.req.rest(10);
    for (let calls = 0; calls < 4; calls++) await object.req.busy(25);
    const profile = await snax.profileInfo(object);

    expect(profile["accept.hear"]?.count).toBe(2);
    expect(profile["response.fail"]?.count).toBe(1);
    expect(profile["response.busy"]?.count).toBe(4);
    expect(profile["response.busy"]?.time).toBeGreaterThan(0.07);
    expect(profile["response.rest"]?.time).toBeLessThan(0.07); // what it waits does not count
    expect(await kit.isonet.call(object.handle, "debug", "INFO")).toEqual(profile);
  });

  test("tells the names of its methods", async () => {
    const { accept, response } = await snax.interface(object.handle);

    expect(accept).toEqual(["hear", "leave"]);
    expect(response).toContain("add");
  });

  test("takes lua messages for its methods once it says so", async () => {
    const add = async (): Promise<unknown> => {
      const sum: unknown = await kit.isonet.call(object.handle, "lua", "response", "add", 0);
      return sum;
    };
    expect(await add().catch(codeOf)).toBe("PROTOCOL_UNKNOWN");
    await object.req.cluster();

    expect(await add()).toBe(await object.req.add(0));
  });

  test("is patched: methods are replaced, and see the module's variables and their own", async () => {
    const before = await object.req.add(0);
    const patch = `
      let calls = 0;
      return {
        response: { add: (step) => { calls++; count += step * 10; return [count, calls]; } },
        hotfix: async (by) => { const old = count; count = by; return { old, heard }; },
      };`;

    expect(await snax.hotfix(object, patch, 1)).toEqual({ old: before, heard: ["a", "b"] });
    expect(await object.req.add(2)).toEqual([21, 1]);
    expect(await object.req.add(2)).toEqual([41, 2]);
    expect(await object.req.slow(5)).toBe(5);
  });

  test("refuses a patch that adds a method, and changes nothing", async () => {
    const patch = `return { response: { heard: () => 0, fly: () => 1 }, hotfix: () => { count = -1; } };`;

    await expect(snax.hotfix(object, patch)).rejects.toMatchObject({
      code: "HOTFIX_REFUSED",
      message: expect.stringContaining("Patch mismatch response.fly"),
    });
    expect(await object.req.heard()).toEqual(["a", "b"]);
    expect(await snax.hotfix(object, "return (").catch(codeOf)).toBe("INJECT_FAILED");
    expect(await snax.hotfix(object, "return 7").catch(codeOf)).toBe("HOTFIX_REFUSED");
    expect(await snax.hotfix(object, "throw new Error('no')").catch(codeOf)).toBe("INJECT_FAILED");
    expect(patchesOf(object)).toHaveLength(1);
  });

  test("is patched although the patch's own hotfix throws, and the ledger has every patch", async () => {
    const throwing = `return { init() {}, exit, hotfix() { throw new Error("not now"); } };`;
    await expect(snax.hotfix(object, throwing)).rejects.toThrow("not now");

    expect(patchesOf(object)).toHaveLength(2);
    const title = (await list())[kit.isonet.address(object.handle)];
    expect(title).toMatch(/^counter 40 \[snax patch [0-9a-f]{8}\]$/);
  });

  test("is bound by its address", async () => {
    const again = await snax.bind<Counter>(object.handle, "counter");

    expect(await again.req.slow("here")).toBe("here");
  });

  test("ends by kill with what its exit function returns", async () => {
    const ended = kit.isonet.monitor(object.handle);

    expect(await snax.kill(object, 1, "two")).toEqual(["bye", 41, 1, "two"]);
    expect((await ended).code).toBe("exited");
    expect(await object.req.heard().catch(codeOf)).toBe("ADDRESS_DEAD");
  });

  test("takes a new text of its module, its methods and state kept", async () => {
    const other = await snax.newService<Counter>({ name: "counter", ...terms }, 1);
    const text = counter.replace("count += step;", "count += step * 100;");
    const report = await kit.host.hotfix.apply(other.handle, text);

    expect(report.outcome?.kind).toBe("applied");
    expect(await other.req.add(1)).toBe(101);
  });

  test("ends itself", async () => {
    const other = await snax.newService<Counter>({ name: "counter", ...terms });
    const ended = kit.isonet.monitor(other.handle);
    other.post.leave();

    expect((await ended).code).toBe("exited");
  });
});

test("unique and global services are one each, found by query, also without snax", async () => {
  const query = snax.queryService<Counter>("counter");
  const object = await snax.uniqueService<Counter>("counter", 5);

  expect((await query).handle).toBe(object.handle);
  expect((await snax.uniqueService("counter")).handle).toBe(object.handle);
  expect(await kit.isonet.queryService("counter")).toBe(object.handle);
  const global = await snax.globalService<Counter>("counter", 6);
  expect(global.handle).not.toBe(object.handle);
  expect((await snax.queryGlobal("counter")).handle).toBe(global.handle);
  expect(await global.req.add(1)).toBe(7);
});

test("a module that is no snax service, or a wrong one, is an error that says so", async () => {
  const before = Object.keys(await list()).length;
  const refusal = async (name: string): Promise<Error> =>
    snax.newService(name).then(
      () => new Error("it was started"),
      (error: Error) => error,
    );

  expect((await refusal("plain")).message).toContain("exports neither accept nor response");
  expect((await refusal("wrong")).message).toContain(
    "response.add of a snax service is a function",
  );
  expect((await refusal("getter")).message).toContain("interrupted");
  expect((await refusal("twice")).message).toContain("start may be called once");
  expect(Object.keys(await list())).toHaveLength(before);
});

/** Digits of the patches that lie on a service. */
function patchesOf({ handle }: SnaxObject<Counter>): string[] {
  const lines = Object.values(kit.host.hotfix.versions(handle))[0] ?? [];
  return lines.filter(({ how }) => how === "snax").map(({ version }) => version);
}

test("an address alone is enough for who sends messages himself", async () => {
  const address = await snax.rawNewService("counter", 7);

  expect(await kit.isonet.call(address, "snax", "response", "add", 1)).toBe(8);
  expect(await snax.rawNewService("plain").catch(codeOf)).toBe("PROTOCOL_UNKNOWN");
  expect(await snax.interface(address).then(({ accept }) => accept)).toEqual(["hear", "leave"]);
});

test("a service that is started anew is without its patches, and the log says so", async () => {
  const object = await snax.newService<Counter>({ name: "moving", restart: "on-crash" }, 1);
  await snax.hotfix(object, "return { response: { add: () => 99 } };");
  expect(await object.req.add(1)).toBe(99);
  const noInit = "return { init: () => 0 };";
  expect(await snax.hotfix(object, noInit).catch(codeOf)).toBe("HOTFIX_REFUSED");
  const text = files.moving.replace("count += step;", "count += step * 2;").replace("//", "1;");
  const report = await kit.host.hotfix.apply(object.handle, text, { isReplacing: true });

  expect(report.how).toBe("replaced");
  expect(await object.req.add(2)).toBe(5);
  expect(patchesOf(object)).toEqual([]);
  const log = (): string => readFileSync(path.join(kit.directory, "host.log"), "utf8");
  await expect
    .poll(log)
    .toMatch(/is started anew without the snax patches that it had \([0-9a-f]{8}\)/);
});

function list(): Promise<Record<string, string>> {
  return kit.isonet.call(".launcher", "lua", "list") as Promise<Record<string, string>>;
}

test("an untrusted service ends what it has launched, and patches and ends nothing else", async () => {
  const victim = await snax.newService<Counter>("counter", 3);
  const allow = { send: [{ to: victim.handle, kinds: ["snax"] }], launch: 1 };
  type Stranger = { response: { tries(victim: number, own: string): unknown[] } };
  const options = { name: "stranger", trust: "untrusted", owner: "mallory", allow } as const;
  const object = await snax.newService<Stranger>(options);

  expect(await object.req.tries(victim.handle, "counter")).toEqual([
    "CAPABILITY_MISSING",
    "NOT_PERMITTED",
    "CAPABILITY_MISSING",
    ["bye", 0, 1],
  ]);
  expect(await victim.req.add(0)).toBe(3);
});

test("the console starts one, and refuses what is none", async () => {
  const port = kit.host.listeners.find(({ what }) => what === "console")?.port ?? 0;
  using client = new LineClient("operator", port);

  client.send("snax counter 5");
  await client.saw(/^:[0-9a-f]{8}\tcounter$/m);
  client.send("snax plain");
  await client.saw(/exports neither accept nor response/);
});

test("printf writes to the log by a C format", async () => {
  const object = await snax.newService<Counter>("counter");
  await object.req.print();

  const text = (): string => readFileSync(path.join(kit.directory, "host.log"), "utf8");
  await expect.poll(text).toContain(" 1.23|ab  |0042|ff|%|");
});
