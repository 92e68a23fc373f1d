// Services that do not give their turn back, or break in other ways, on a real host: what their
// callers hear, what they keep, and that their shard goes on.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const worker = `
import { call, commands, dispatch, fork, queue, response, ret, retPack, send, sleep, stat, timeout, wait, wakeup } from "isonet";
let count = 0;
const lock = queue();
const spin = (): never => { for (;;); };
commands({
  count: () => ++count,
  spin,
  spinAfterAwait: async () => { await Promise.resolve(); spin(); },
  spinAfterSleep: async () => { await sleep(1); spin(); },
  spinAfterCall: async (who: any) => { await call(who, "lua", "count"); await null; spin(); },
  microtasks: () => {
    const again = (): Promise<void> => Promise.resolve().then(again);
    return again();
  },
  spinInFork: () => { fork(spin); return "replied"; },
  spinInTimer: () => { timeout(1, spin); return "replied"; },
  spinInGetter: () => ({ get value() { return spin(); } }),
  spinInThenable: () => ({ get then() { return spin(); } }),
  spinInLock: () => lock(async () => { await sleep(1); spin(); }),
  useLock: () => lock(() => "locked"),
  fill: () => {
    let last: unknown;
    for (let i = 0; ; i++) if (i % 300 === 0) last = new Array(100).fill(last === 1);
  },
  regex: () => /^(a+)+$/.test("a".repeat(40) + "b"),
  slowCall: async (who: any) => { await call(who, "lua", "later", 20); return "in time"; },
  later: async (ticks: number) => { await sleep(ticks); return ++count; },
  rejects: () => { void Promise.reject(new Error("nobody listens")); return "replied"; },
  rejectsLater: () => { void sleep(1).then(() => { throw new Error("nobody listens later"); }); return "replied"; },
  throwsInThen: () => { Promise.resolve().then(() => { throw "text"; }); return "replied"; },
  interrupts: () => stat("interrupts"),
  recurse: () => { const again = (): number => again() + 1; return again(); },
  send: (who: any, ...values: unknown[]) => send(who, "lua", ...values),
});
`;

let kit: TestHost;
let isonet: TestHost["isonet"];
let neighbour: Address;
/** A fresh one for each test. */
let target: Address;

beforeAll(async () => {
  kit = await startHost({ worker }, { shards: 1, turnMsMax: 150 });
  ({ isonet } = kit);
  neighbour = (await isonet.newService("worker")) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function fresh(): Promise<Address> {
  target = (await isonet.newService("worker")) as Address;
  await isonet.call(target, "lua", "count");
  return target;
}

/** What a call gives, or the code it fails with; well before the call's own timeout. */
function outcome(...values: unknown[]): Promise<unknown> {
  return isonet
    .call(target, "lua", ...values)
    .catch(({ code, remoteCode }: { code: string; remoteCode?: string }) => remoteCode ?? code);
}

/** Texts of the service's lines in the host's log. */
function loggedOf(address: Address): string[] {
  const lines = readFileSync(path.join(kit.directory, "host.log"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line) as { address: string; text: string })
    .filter((line) => line.address === isonet.address(address))
    .map(({ text }) => text);
}

describe("a request that spins", () => {
  test.each([
    ["in its handler", ["spin"]],
    ["behind an await", ["spinAfterAwait"]],
    ["behind a sleep", ["spinAfterSleep"]],
    ["in microtasks without end", ["microtasks"]],
    ["in a getter of its reply", ["spinInGetter"]],
    ["in the then of its result", ["spinInThenable"]],
    ["in a regular expression", ["regex"]],
    ["in a loop that fills arrays, optimized", ["fill"]],
  ])("%s is answered with SLICE_EXCEEDED; the service keeps its state", async (_where, values) => {
    await fresh();

    expect(await outcome(...values)).toBe("SLICE_EXCEEDED");
    expect(await outcome("count")).toBe(2);
  });

  test("behind a call is answered, with what awaits between", async () => {
    await fresh();

    expect(await outcome("spinAfterCall", neighbour)).toBe("SLICE_EXCEEDED");
    expect(await outcome("count")).toBe(2);
  });

  test.each([
    ["a fork", "spinInFork"],
    ["a timer", "spinInTimer"],
  ])("in %s it made has its reply, and the service goes on", async (_where, command) => {
    await fresh();

    expect(await outcome(command)).toBe("replied");
    expect(await outcome("count")).toBe(2);
    expect(await isonet.call(neighbour, "lua", "later", 2)).toEqual(expect.any(Number));
  });

  test("inside a queue is answered, and so are those that wait behind it, at their deadline at the latest", async () => {
    await fresh();
    const spinning = outcome("spinInLock");
    const behind = isonet
      .call({ to: target, timeoutMs: 1000 }, "lua", "useLock")
      .catch(({ code }) => code);

    expect(await spinning).toBe("SLICE_EXCEEDED");
    expect(["CALL_TIMEOUT", "SLICE_EXCEEDED", "locked"]).toContain(await behind);
    expect(await outcome("count")).toBe(2);
  });

  test("lets another request that waits for a call be answered in time", async () => {
    await fresh();
    const slow = outcome("slowCall", neighbour);
    await outcome("count");

    expect(await outcome("spinAfterAwait")).toBe("SLICE_EXCEEDED");

    expect(await slow).toBe("in time");
  });

  test("again and again is answered each time", async () => {
    await fresh();

    for (let round = 0; round < 3; round++) {
      expect(await outcome("spin")).toBe("SLICE_EXCEEDED");
      expect(await outcome("microtasks")).toBe("SLICE_EXCEEDED");
    }
    expect(await outcome("count")).toBe(2);
  });

  test("lets its neighbours answer meanwhile and afterwards", async () => {
    await fresh();
    const spinning = outcome("spin");

    const before = (await isonet.call(neighbour, "lua", "count")) as number;
    await spinning;

    expect(await isonet.call(neighbour, "lua", "count")).toBe(before + 1);
  });
});

describe("other accidents", () => {
  test.each([
    ["a promise rejected at once", "rejects"],
    ["a promise rejected later", "rejectsLater"],
    ["a text thrown in a then", "throwsInThen"],
  ])("%s, which nobody handles, interrupts nothing", async (_what, command) => {
    await fresh();

    expect(await outcome(command)).toBe("replied");
    expect(await outcome("later", 3)).toBe(2);
    expect(await outcome("interrupts")).toBe(0);
    expect(loggedOf(target)).toContainEqual(
      expect.stringMatching(
        /^a promise was rejected and nobody handles it: .*(nobody listens|text)/,
      ),
    );
  });

  test("recursion without end is an error of its request", async () => {
    await fresh();

    expect(await outcome("recurse")).toBe("REMOTE_FAULT");
    expect(await outcome("count")).toBe(2);
  });
});
