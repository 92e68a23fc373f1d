// Replacement on a real host: a service is started anew with another text in its own place, under
// load, and goes on as it was when that fails.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RollingReport } from "../../services/api/hotfix.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const store = `
import { commands, exportState, importState, sleep, timeout } from "isonet";
const version = 1;
let seen: number[] = [];
let ticks = 0;
const tick = (): void => { ticks++; timeout(1, tick); };
timeout(1, tick);
exportState(() => ({ seen }));
importState((state: { seen: number[] }) => { seen = state.seen; });
commands({
  take: async (number: number) => {
    if (number % 10 === 0) await sleep(1);
    seen.push(number);
    return version;
  },
  note: (number: number) => { seen.push(number); },
  seen: () => seen,
  ticks: () => ticks,
  version: () => version,
});
`;

const stateless = `
import { commands } from "isonet";
const version = 1;
commands({ version: () => version });
`;

const second = store.replace("version = 1", "version = 2");

let kit: TestHost;
let isonet: TestHost["isonet"];

beforeAll(async () => {
  kit = await startHost({ store, stateless }, { shards: 1, cells: 1 });
  ({ isonet } = kit);
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const places = [
  ["a shard", { name: "store" }],
  // A slice ends by the clock: on a busy machine a process may have no CPU for one of 50 ms.
  ["a cell", { name: "store", trust: "untrusted", owner: "someone", sliceMs: 1000 }],
] as const;

describe.each(places)("a service in %s", (_, options) => {
  const launch = async (): Promise<Address> => (await isonet.newService({ ...options })) as Address;

  test("loses and reorders no message while it is replaced under load", async () => {
    const target = await launch();
    const calls: Promise<unknown>[] = [];
    let last = 0;
    let open = 0;
    const feed = (count: number): void => {
      for (let left = count; left > 0 && open < 500; left--) {
        const answer = isonet.call(target, "lua", "take", ++last);
        open++;
        calls.push(answer.finally(() => open--));
      }
    };
    feed(200);
    const replacing = kit.host.hotfix.apply(target, second, { isReplacing: true });
    const state = { isOver: false };
    void replacing.finally(() => {
      state.isOver = true;
    });
    while (!state.isOver) {
      feed(20);
      await isonet.sleep(1);
    }
    feed(50);

    expect(await replacing).toMatchObject({ how: "replaced" });
    const versions = (await Promise.all(calls)) as number[];
    const seen = (await isonet.call(target, "lua", "seen")) as number[];
    expect(seen.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: last }, (__, index) => index + 1),
    );
    const quick = seen.filter((number) => number % 10 !== 0);
    expect(quick).toEqual(quick.toSorted((one, other) => one - other));
    expect(versions.at(0)).toBe(1);
    expect(versions.at(-1)).toBe(2);
    expect(versions).toEqual(versions.toSorted((one, other) => one - other));
  });

  test("goes on as it was, timers and all, when the new one fails to start", async () => {
    const target = await launch();
    await isonet.call(target, "lua", "take", 1);
    const failing = [
      second.replace("seen = state.seen", "throw new Error('no such state')"),
      `${second}\nthrow new Error('in the body');`,
      `${second}\nimport { nothing } from "isonet";`,
    ];

    for (const text of failing) {
      const late = isonet.call(target, "lua", "version");
      const replacing = kit.host.hotfix.apply(target, text, { isReplacing: true });

      await expect(replacing).rejects.toMatchObject({ code: "REPLACE_FAILED" });
      expect(await late).toBe(1);
    }
    const ticks = (await isonet.call(target, "lua", "ticks")) as number;
    await vi.waitFor(
      async () => expect(await isonet.call(target, "lua", "ticks")).toBeGreaterThan(ticks),
      { timeout: 5000 },
    );
    expect(await isonet.call(target, "lua", "seen")).toEqual([1]);
    const back = await kit.host.hotfix.apply(target, store);
    expect(back.outcome?.kind).toBe("unchanged");
  });

  test("is changed live, and replaced back, after a replacement", async () => {
    const target = await launch();
    await kit.host.hotfix.apply(target, second, { isReplacing: true });
    const live = second.replace("version: () => version", "version: () => 10 * version");

    expect((await kit.host.hotfix.apply(target, live)).how).toBe("live");
    expect(await isonet.call(target, "lua", "version")).toBe(20);
    expect((await kit.host.hotfix.revert(target)).how).toBe("live");
    expect((await kit.host.hotfix.revert(target, { isReplacing: true })).how).toBe("replaced");
    expect(await isonet.call(target, "lua", "version")).toBe(1);
  });
});

test("a service without exportState is not replaced", async () => {
  const target = (await isonet.newService("stateless")) as Address;
  const text = stateless.replace("version = 1", "version = 2");

  const replacing = kit.host.hotfix.apply(target, text, { isReplacing: true });

  await expect(replacing).rejects.toThrow("it has no exportState handler");
  expect(await isonet.call(target, "lua", "version")).toBe(1);
});

test("all services of a module are changed one by one, until the first that fails", async () => {
  for (let left = 3; left > 0; left--) await isonet.newService("stateless");
  const live = stateless.replace("() => version", "() => 4 + version");
  const services = kit.host.hotfix;

  const done: RollingReport = await services.applyAll("stateless", live, { canaries: 1 });
  const stuck = await services.applyAll("stateless", live.replace("version = 1", "version = 2"));

  expect(done).toMatchObject({ stopped: "", remaining: 0 });
  expect(new Set(done.reports.map(({ how }) => how))).toEqual(new Set(["live"]));
  expect(stuck.reports).toHaveLength(1);
  expect(stuck.remaining).toBe(3);
  expect(stuck.stopped).toContain("version");
});
