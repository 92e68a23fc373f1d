// Hotfix on a real host: the code of a living service is changed, in a shard and in a cell, proved,
// kept over restarts, and taken back.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HotfixReport } from "../../services/api/hotfix.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const counter = `
import { commands, exportState, importState, sleep } from "isonet";
type Body = { by: number };
let count = 7;
const limit = 100;
class Tally {
  #sum = 0;
  add(by: number): number { this.#sum += by; return this.#sum; }
}
const tally = new Tally();
function makeStep(first: number) {
  let hits: number = first;
  const spare = 3;
  const other = 4;
  return () => { hits += 1; return hits * spare; };
}
const step = makeStep(10);
exportState(() => ({ count }));
importState((state: { count: number }) => { count = state.count; });
commands({
  add: ({ by }: Body) => { count += by; return count; },
  step: () => step(),
  tally: () => tally.add(1),
  limit: () => limit,
  slow: async () => { await sleep(20); return "old"; },
  crash: () => { const all: unknown[] = []; for (;;) all.push(new Array(10000).fill(all.length)); },
});
`;

const intruder = `
import { call, commands } from "isonet";
commands({ go: (to, text) => call(".hotfix", "lua", "hotfix", to, text) });
`;

let kit: TestHost;
let isonet: TestHost["isonet"];

beforeAll(async () => {
  kit = await startHost({ counter, intruder }, { shards: 1, cells: 1 });
  ({ isonet } = kit);
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const places = [
  ["a shard", { name: "counter" }],
  ["a cell", { name: "counter", trust: "untrusted", owner: "someone" }],
] as const;

function hotfix(address: Address, edit: (text: string) => string): Promise<HotfixReport> {
  return kit.host.hotfix.apply(address, edit(counter));
}

describe.each(places)("a service in %s", (_, options) => {
  let target: Address;
  const ask = (...values: unknown[]): Promise<unknown> =>
    isonet.call(target, "lua", ...(values as [string]));

  beforeAll(async () => {
    target = (await isonet.newService({ ...options })) as Address;
  });

  test("runs the new text of handlers, methods and closures, with its state", async () => {
    expect(await ask("add", { by: 1 })).toBe(8);
    expect(await ask("step")).toBe(33);
    expect(await ask("tally")).toBe(1);

    const report = await hotfix(target, (text) =>
      text
        .replace("count += by; return count", "count += by * 1000; return count")
        .replace("return hits * spare", "return hits * spare + 0.5")
        .replace("this.#sum += by; return this.#sum", "this.#sum += by * 10; return this.#sum"),
    );

    expect(report.outcome).toMatchObject({ kind: "applied" });
    expect(report.how).toBe("live");
    expect(await ask("add", { by: 1 })).toBe(1008);
    expect(await ask("step")).toBe(36.5);
    expect(await ask("tally")).toBe(11);
    const list = (await isonet.call(".launcher", "lua", "list")) as Record<string, string>;
    expect(list[isonet.address(target)]).toContain(`[hotfix ${report.version}]`);
  });

  test("goes back to the version before", async () => {
    const report = await kit.host.hotfix.revert(target);

    expect(report.outcome?.kind).toBe("applied");
    expect(await ask("add", { by: 1 })).toBe(1009);
    await expect(kit.host.hotfix.revert(target)).rejects.toMatchObject({ code: "HOTFIX_REFUSED" });
  });

  test("says which variable a closure would have to capture, and runs on as it was", async () => {
    const edit = (text: string): string => text.replace("hits * spare", "hits * spare * other");

    const report = await hotfix(target, edit);

    expect(report.outcome).toMatchObject({
      kind: "needs-replacement",
      obstacles: [{ line: 15, variable: "other" }],
    });
    expect(await ask("step")).toBe(39);
  });

  test("says which line of the top level has changed", async () => {
    const report = await hotfix(target, (text) => text.replace("limit = 100", "limit = 200"));

    expect(report.outcome).toMatchObject({
      kind: "needs-replacement",
      obstacles: [{ function: "", line: 5, variable: "limit" }],
    });
    expect(await ask("limit")).toBe(100);
  });

  test("rejects what does not compile, as TypeScript or as JavaScript, with the place", async () => {
    const types = await hotfix(target, (text) => text.replace("by: number }", "by: : }"));
    const script = await hotfix(target, (text) => text.replace("() => limit", "() => limit +"));

    expect(types.outcome).toMatchObject({ kind: "rejected", line: 3 });
    expect(script.outcome).toMatchObject({ kind: "rejected", line: 24 });
  });

  test("changes nothing in a dry run, and takes comments as no change", async () => {
    const text = counter.replace("count += by;", "count += 5 * by;");

    const dry = await kit.host.hotfix.apply(target, text, { isDryRun: true });
    const remark = await hotfix(target, (all) =>
      all.replace("const limit", "// most\nconst limit"),
    );

    expect(dry).toMatchObject({ how: "none", outcome: { kind: "applied" } });
    expect(remark.outcome?.kind).toBe("unchanged");
    expect(await ask("add", { by: 1 })).toBe(1010);
  });

  test("waits for a suspended handler that changes", async () => {
    const slow = ask("slow");
    await ask("limit");

    const report = await hotfix(target, (text) => text.replace('return "old"', 'return "new"'));

    expect(report.outcome?.kind).toBe("applied");
    expect(await slow).toBe("old");
    expect(await ask("slow")).toBe("new");
  });
});

test("a service that is restarted starts with the text that it ran", async () => {
  const options = { name: "counter", memoryMb: 16, restart: { policy: "on-crash" } } as const;
  for (const [, where] of places) {
    const target = (await isonet.newService({ ...options, ...where })) as Address;
    const text = counter.replace("count += by;", "count += by * 1000;");
    await kit.host.hotfix.apply(target, text);

    await isonet.call(target, "lua", "crash").catch(() => {});
    const answer = await untilUp(() => isonet.call(target, "lua", "add", { by: 1 }));

    expect(answer).toBe(1007);
  }
});

test("only the host's own services may order a hotfix", async () => {
  const target = (await isonet.newService("counter")) as Address;
  const guest = (await isonet.newService("intruder")) as Address;

  const going = isonet.call(guest, "lua", "go", target, counter.replace("count = 7", "count = 8"));

  await expect(going).rejects.toThrow("code is changed from the console only");
});

async function untilUp(ask: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== "SERVICE_RESTARTING") throw error;
      await isonet.sleep(5);
    }
  }
}
