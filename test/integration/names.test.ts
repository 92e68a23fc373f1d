// Names, unique services and settings on a real host with two shards.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../wire/limits.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const worker = `
import { address, call, commands, exit, genId, getEnv, localName, name, parseAddress, queryService, register, self, send, setEnv, uniqueService } from "isonet";
let got = 0;
commands({
  self: () => self(),
  register: (its: string) => register(its),
  name: (its: string, target: any) => name(its, target),
  localName: (its: string) => localName(its),
  ask: (who: any, ...values: unknown[]) => call(who, "lua", ...values),
  send: (who: any, ...values: unknown[]) => send(who, "lua", ...values),
  // In one go: whoever hears that the name is registered can call it at once.
  registerAndTell: async (its: string, friend: any) => { await register(its); return call(friend, "lua", "ask", its, "self"); },
  unique: (...args: any[]) => (uniqueService as any)(...args),
  query: (...args: any[]) => (queryService as any)(...args),
  getEnv: (key: string) => getEnv(key),
  setEnv: (key: string, value: any) => setEnv(key, value),
  hit: () => { got++; },
  got: () => got,
  leave: () => exit(),
});
`;

const world = `
import { commands, getEnv, setEnv, sleep, start, self } from "isonet";
let seen: unknown[] = [];
commands({ seen: () => seen });
start(async (...args: unknown[]) => {
  await sleep(2);
  seen = args;
  await setEnv("started." + self(), "yes");
});
`;

const broken = `
import { start } from "isonet";
start(() => { throw new Error("no world today"); });
`;

const leaves = `
import { exit, start } from "isonet";
start(() => exit());
`;

let kit: TestHost;
let isonet: TestHost["isonet"];
let first: Address;
let second: Address;

beforeAll(async () => {
  kit = await startHost(
    { worker, world, broken, leaves },
    { env: { city: "Zürich", port: 8000, debug: false } },
  );
  ({ isonet } = kit);
  first = (await isonet.newService("worker")) as Address;
  second = (await isonet.newService("worker")) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    const { code, remoteCode } = error as { code: string; remoteCode?: string };
    return remoteCode ?? code;
  }
}

/** Resolves when the host's services know that this one has ended. */
async function forgotten(address: Address): Promise<void> {
  const gone = isonet.link(address);
  isonet.send(address, "lua", "leave");
  await gone;
  // The end is told to the registry before this: one sender's messages keep their order.
  await isonet.call(first, "lua", "ask", second, "self");
}

describe("names", () => {
  test("can be called from every shard as soon as register resolves", async () => {
    const seen = await isonet.call(first, "lua", "registerAndTell", ".shared", second);

    expect(seen).toBe(first);
    expect(await isonet.call(".shared", "lua", "self")).toBe(first);
    expect(await isonet.call(second, "lua", "localName", ".shared")).toBe(first);
  });

  test("take sends too, and those to nobody are dropped", async () => {
    await isonet.call(second, "lua", "register", ".target");

    isonet.send(".target", "lua", "hit");
    await isonet.call(first, "lua", "send", ".target", "hit");
    await isonet.call(first, "lua", "send", ".nobody", "hit");
    await isonet.call(first, "lua", "ask", ".target", "self");

    expect(await isonet.call(second, "lua", "got")).toBe(2);
  });

  test("belong to their first owner: another gets NAME_TAKEN, the owner may register again", async () => {
    await isonet.call(first, "lua", "register", ".mine");

    expect(await codeOf(isonet.call(second, "lua", "register", ".mine"))).toBe("NAME_TAKEN");
    expect(await codeOf(isonet.call(first, "lua", "register", ".mine"))).toBe(undefined);
    expect(await codeOf(isonet.call(second, "lua", "name", ".mine", second))).toBe("NAME_TAKEN");
  });

  test("may be several for one service, given by another, and global ones without a dot", async () => {
    await isonet.call(first, "lua", "name", "global", second);
    await isonet.call(first, "lua", "name", ".alias", "global");

    expect(await isonet.call(first, "lua", "ask", ".alias", "self")).toBe(second);
    expect(await isonet.call("global", "lua", "self")).toBe(second);
  });

  test.each([
    ["an empty name", ""],
    ["a lone dot", "."],
    ["a blank", ".a b"],
    ["a colon", ":0000000c"],
    ["only digits", "1234"],
    ["more than nameBytesMax characters", `.${"x".repeat(limits.nameBytesMax)}`],
    ["more than nameBytesMax bytes", `.${"ü".repeat(limits.nameBytesMax / 2)}`],
    ["no text", 5],
  ])("of %s are refused with NAME_INVALID", async (_what, name) => {
    expect(await codeOf(isonet.register(name as string))).toBe("NAME_INVALID");
  });

  test("of nameBytesMax bytes can be registered and called", async () => {
    const name = `.${"ü".repeat((limits.nameBytesMax - 2) / 2)}x`;
    await isonet.call(first, "lua", "register", name);

    expect(await isonet.call(second, "lua", "ask", name, "self")).toBe(first);
  });

  test("are free again when their owner has ended", async () => {
    const owner = (await isonet.newService("worker")) as Address;
    await isonet.call(owner, "lua", "register", ".free");

    await forgotten(owner);

    expect(await codeOf(isonet.call(first, "lua", "ask", ".free", "self"))).toBe("NAME_UNKNOWN");
    expect(await isonet.call(second, "lua", "localName", ".free")).toBe(undefined);
    expect(await codeOf(isonet.call(second, "lua", "register", ".free"))).toBe(undefined);
    expect(await isonet.call(first, "lua", "ask", ".free", "self")).toBe(second);
  });

  test("are not given to services that have ended", async () => {
    const ended = (await isonet.newService("worker")) as Address;
    await forgotten(ended);

    expect(await codeOf(isonet.name(".late", ended))).toBe("ADDRESS_DEAD");
    expect(await codeOf(isonet.name(".late", ".nobody"))).toBe("NAME_UNKNOWN");
  });
});

describe("unique services", () => {
  test("are started once, whoever asks at the same time; the first one's arguments count", async () => {
    const asked = [
      isonet.call(first, "lua", "unique", "world", "first"),
      isonet.call(second, "lua", "unique", "world", "second"),
      isonet.uniqueService("world", "host"),
      isonet.call(second, "lua", "query", "world"),
    ];
    const [address, ...others] = await Promise.all(asked);

    expect(others).toEqual([address, address, address]);
    expect(await isonet.call(address as Address, "lua", "seen")).toHaveLength(1);
    expect(await isonet.uniqueService("world", "later")).toBe(address);
  });

  test("of all nodes are others than those of one node", async () => {
    const local = await isonet.uniqueService("world");
    const global = await isonet.call(first, "lua", "unique", true, "world", "x");

    expect(global).not.toBe(local);
    expect(await isonet.queryService(true, "world")).toBe(global);
  });

  test("that failed stay failed, with the text of the first failure", async () => {
    for (let round = 0; round < 2; round++) {
      const failed = await isonet.uniqueService("broken").catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: "UNIQUE_FAILED",
        message: expect.stringContaining("no world today"),
      });
    }
    expect(await codeOf(isonet.queryService("broken"))).toBe("UNIQUE_FAILED");
  });

  test("that exit while they start, or have no file, have failed", async () => {
    expect(await codeOf(isonet.uniqueService("leaves"))).toBe("UNIQUE_FAILED");
    expect(await codeOf(isonet.uniqueService("nosuch"))).toBe("UNIQUE_FAILED");
  });

  test("queryService waits until somebody starts it", async () => {
    const waiting = isonet.call(first, "lua", "query", "worker");
    await isonet.call(second, "lua", "self");

    const address = await isonet.uniqueService("worker");

    expect(await waiting).toBe(address);
  });

  test("queryService ends with CALL_TIMEOUT when nobody does", async () => {
    await using short = await startHost({ worker }, { shards: 1, callTimeoutMs: 100 });

    expect(await codeOf(short.isonet.queryService("worker"))).toBe("CALL_TIMEOUT");
  });

  test("an entry stays when its service has ended: callers get ADDRESS_DEAD", async () => {
    const address = await isonet.uniqueService("worker");
    await isonet.kill(address);

    expect(await isonet.uniqueService("worker")).toBe(address);
    expect(await codeOf(isonet.call(address, "lua", "self"))).toBe("ADDRESS_DEAD");
  });
});

describe("settings", () => {
  test("come from the configuration, as texts", async () => {
    const keys = ["city", "port", "debug", "nosuch"];
    const values = keys.map((key) => isonet.call(first, "lua", "getEnv", key));

    expect(await Promise.all(values)).toEqual(["Zürich", "8000", "false", undefined]);
  });

  test("are set once, for all", async () => {
    await isonet.call(first, "lua", "setEnv", "season", 3);

    expect(await isonet.call(second, "lua", "getEnv", "season")).toBe("3");
    expect(await codeOf(isonet.call(second, "lua", "setEnv", "season", 4))).toBe("ENV_EXISTS");
    expect(await isonet.getEnv("season")).toBe("3");
  });

  test.each([
    ["an empty key", "", "x"],
    ["a key with a blank", "a b", "x"],
    ["a key that is no text", 5, "x"],
    ["a key that is too long", "k".repeat(300), "x"],
    ["a value that is too long", "key", "x".repeat(70_000)],
  ])("refuse %s", async (_what, key, value) => {
    expect(await codeOf(isonet.setEnv(key as string, value))).toBe("ARGUMENT_INVALID");
  });
});
