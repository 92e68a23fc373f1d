// The API: every name of its contract is there, and nothing else; services, names, values and
// insight.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { fault, own, response, RuntimeKit, message, caller } from "../kit/runtime-kit.ts";

const launcher = 0x0100_0002;
const registry = 0x0100_0003;
const manager = 0x0100_0004;

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

/**
 * Values that types/isonet.d.ts exports: functions, what is exported under another name, and snax.
 */
function contractNames(): string[] {
  const text = readFileSync(new URL("../../types/isonet.d.ts", import.meta.url), "utf8");
  const functions = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const renamed = [...text.matchAll(/^export \{ \w+ as (\w+) \}/gm)].map(([, name]) => name);
  return [...new Set([...functions, ...renamed, "snax"])].map(String);
}

describe("the API object", () => {
  test("has the names of types/isonet.d.ts, all of them functions, those of snax too", () => {
    const { api } = new RuntimeKit();

    expect(Object.keys(api).toSorted()).toEqual(contractNames().toSorted());
    const { snax, ...others } = api;
    for (const each of [others, snax])
      expect(Object.values(each).every((value) => typeof value === "function")).toBe(true);
  });

  test("cannot be changed and inherits nothing", () => {
    const { api } = new RuntimeKit();

    expect(Object.isFrozen(api)).toBe(true);
    expect(Object.getPrototypeOf(api)).toBe(null);
  });
});

describe("services and names", () => {
  test("newService asks the launcher, without a timeout, and resolves with the address", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    const seen: unknown[] = [];
    void kit.api.newService("agent", 1, "b").then((address) => seen.push(address));
    void kit.api.newService({ name: "agent", memoryMb: 16 }, 2).then((it) => seen.push(it));

    expect(kit.take()).toEqual([
      { kind: "lua", to: launcher, session: 1, values: ["launch", { name: "agent" }, 1, "b"] },
      {
        kind: "lua",
        to: launcher,
        session: 2,
        values: ["launch", { name: "agent", memoryMb: 16 }, 2],
      },
    ]);
    await kit.turn(response(1, 0x0100_0500), response(2));

    expect(seen).toEqual([0x0100_0500, undefined]);
  });

  test("a host service's error reaches the author under its own code", async () => {
    const kit = new RuntimeKit();
    const caught = kit.api.newService("nosuch").catch((error: unknown) => error);

    await kit.turn(fault(1, "REMOTE_FAULT", { text: "no file", remoteCode: "SERVICE_NOT_FOUND" }));

    expect(await caught).toMatchObject({ code: "SERVICE_NOT_FOUND", message: "no file" });
  });

  test("a code that is none of ours stays the handler's own", async () => {
    const kit = new RuntimeKit();
    const caught = kit.api.newService("bad").catch((error: unknown) => error);

    await kit.turn(fault(1, "REMOTE_FAULT", { text: "odd", remoteCode: "toString" }));

    expect(await caught).toMatchObject({ code: "REMOTE_FAULT", remoteCode: "toString" });
  });

  test("uniqueService and queryService ask the service manager; `true` is one for all nodes", () => {
    const kit = new RuntimeKit();
    void kit.api.uniqueService("world", 1, 2);
    void kit.api.uniqueService(true, "world", 1);
    void kit.api.queryService("world");
    void kit.api.queryService(true, "world");

    expect(kit.take()).toMatchObject([
      { to: manager, values: ["launch", "world", [1, 2]] },
      { to: manager, values: ["launch", "@world", [1]] },
      { to: manager, values: ["query", "world"] },
      { to: manager, values: ["query", "@world"] },
    ]);
    expect(codeOf(() => void kit.api.uniqueService(5 as never))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => void kit.api.queryService(true, ""))).toBe("ARGUMENT_INVALID");
  });

  test("register, name and localName ask the registry", async () => {
    const kit = new RuntimeKit();
    void kit.api.register(".me");
    void kit.api.name(".other", caller);
    void kit.api.localName(".me");
    await kit.turn();

    expect(kit.take()).toMatchObject([
      { to: registry, values: ["register", ".me", own] },
      { to: registry, values: ["query", ".me"] },
      { to: registry, values: ["register", ".other", caller] },
    ]);
  });

  test("kill asks the launcher, with the address of a name", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    void kit.api.kill(".world").then(() => seen.push("killed"));
    await kit.turn(response(1, caller));
    await kit.turn(response(2, {}));

    expect(kit.take()).toMatchObject([
      { to: registry, values: ["query", ".world"] },
      { to: launcher, values: ["kill", caller] },
    ]);
    expect(seen).toEqual(["killed"]);
  });

  test("kill of a name nobody has fails with NAME_UNKNOWN", async () => {
    const kit = new RuntimeKit();
    const caught = kit.api.kill(".nobody").catch((error: unknown) => error);

    await kit.turn(response(1));

    expect(await caught).toMatchObject({ code: "NAME_UNKNOWN" });
  });

  test("getEnv and setEnv ask the registry, values as texts", () => {
    const kit = new RuntimeKit();
    void kit.api.getEnv("key");
    void kit.api.setEnv("key", true);
    void kit.api.setEnv("n", 5);

    expect(kit.take()).toMatchObject([
      { to: registry, values: ["getEnv", "key"] },
      { to: registry, values: ["setEnv", "key", "true"] },
      { to: registry, values: ["setEnv", "n", "5"] },
    ]);
  });

  test("self, address and parseAddress know the text forms", () => {
    const { api } = new RuntimeKit();

    expect(api.self()).toBe(own);
    expect([api.address(own), api.address(".name")]).toEqual([":01000100", ".name"]);
    expect([api.parseAddress(":01000100"), api.parseAddress("100"), api.parseAddress("x")]).toEqual(
      [own, own, undefined],
    );
  });
});

describe("link", () => {
  test("resolves with the code of the end, and never while the other lives", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    const seen: unknown[] = [];
    void kit.api.link(caller).then((code) => seen.push(code));
    expect(kit.take()).toEqual([{ kind: "debug", to: caller, session: 1, values: ["LINK"] }]);

    await kit.turn();
    expect(seen).toEqual([]);
    await kit.turn(fault(0, "MEMORY_LIMIT", { source: caller }));

    expect(seen).toEqual(["MEMORY_LIMIT"]);
  });

  test("does not end with the request that made it", () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    kit.api.commands({ watch: () => void kit.api.link(caller) });

    void kit.turn({ ...message(7, "watch"), deadline: 50 });

    expect(kit.take()[0]).toEqual({ kind: "debug", to: caller, session: 1, values: ["LINK"] });
  });
});

describe("stat and memLimit", () => {
  const all = { mqlen: 1, cpu: 2, time: 3, message: 4, endless: false };

  test("stat asks the kernel, for all or for one figure", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    void kit.api.stat().then((it) => seen.push(it));
    void kit.api.stat("cpu").then((it) => seen.push(it));
    const unknown = kit.api.stat("toString" as never).catch((error: unknown) => error);
    expect(kit.take()).toEqual([
      { command: "stat", session: 1 },
      { command: "stat", session: 2 },
      { command: "stat", session: 3 },
    ]);

    await kit.turn(response(1, all), response(2, all), response(3, all));

    expect(seen).toEqual([all, 2]);
    expect(await unknown).toMatchObject({ code: "ARGUMENT_INVALID" });
  });

  test("memLimit tells the kernel, in KiB, in the module body only", async () => {
    const kit = new RuntimeKit();
    const said: unknown[] = [];
    kit.api.memLimit(10_000);
    kit.api.start(() => {
      said.push(codeOf(() => kit.api.memLimit(10_000)));
    });

    await kit.start();

    expect(kit.take()[0]).toEqual({ command: "memLimit", operand: 10 });
    expect(said).toEqual(["ARGUMENT_INVALID"]);
  });

  test.each([[1023], [Number.NaN], ["1MB"], [Infinity], [undefined]])(
    "memLimit refuses %s",
    (bytes) => {
      const { api } = new RuntimeKit();

      expect(codeOf(() => api.memLimit(bytes as never))).toBe("ARGUMENT_INVALID");
    },
  );
});
