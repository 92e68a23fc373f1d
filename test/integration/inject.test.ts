// Inject on a real host: a script that runs in the scope of a living service's module.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Injection } from "../../services/api/launcher.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const counter = `
import { call, commands, dispatch, sleep } from "isonet";
import { rules } from "./rules.ts";
let count = 7;
const table: Record<string, number> = { one: 1 };
const handlers = { add: (by: number) => { count += by; return count; } };
commands({
  add: (by: number) => handlers.add(by),
  count: () => count,
  table: () => table,
  rules: () => rules,
  slow: async () => { await sleep(5); return count; },
});
`;

const rules = `export const rules = { speed: 3 };`;

let kit: TestHost;
let isonet: TestHost["isonet"];
let target: Address;
let neighbour: Address;

beforeAll(async () => {
  kit = await startHost({ counter, rules }, { shards: 1, turnMsMax: 500 });
  ({ isonet } = kit);
  neighbour = (await isonet.newService("counter")) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function fresh(): Promise<void> {
  target = (await isonet.newService("counter")) as Address;
}

function inject(source: string, ...args: readonly string[]): Promise<Injection> {
  return isonet.call(
    ".launcher",
    "lua",
    "inject",
    target,
    source,
    "patch.js",
    args,
  ) as Promise<Injection>;
}

describe("inject", () => {
  test("reads and changes a top-level let", async () => {
    await fresh();

    expect(await inject(`print("count is", count); count = 40;`)).toEqual({
      ok: true,
      output: "count is 7\n",
    });
    expect(await isonet.call(target, "lua", "add", 2)).toBe(42);
  });

  test("wraps a handler, and the wrapper sees the module's own values", async () => {
    await fresh();
    await inject(`
      const before = handlers.add;
      handlers.add = (by) => { table.calls = (table.calls ?? 0) + 1; return before(by * 10); };
    `);

    expect(await isonet.call(target, "lua", "add", 2)).toBe(27);
    expect(await isonet.call(target, "lua", "table")).toEqual({ one: 1, calls: 1 });
  });

  test("reaches what the module imports, the API too, and gets its arguments", async () => {
    await fresh();
    const { ok, output } = await inject(
      `rules.speed = Number(args[1]); print(args[0]); await sleep(1); return { slept: true };`,
      "fast",
      "9",
    );

    expect({ ok, output }).toEqual({ ok: true, output: "fast\n{ slept: true }\n" });
    expect(await isonet.call(target, "lua", "rules")).toEqual({ speed: 9 });
  });

  test("tells the error of a script that throws, and what it printed before", async () => {
    await fresh();
    const { ok, output } = await inject(`print("before"); throw new RangeError("too far");`);

    expect(ok).toBe(false);
    expect(output).toMatch(/^before\nRangeError: too far\n/);
    expect(await isonet.call(target, "lua", "count")).toBe(7);
  });

  test.each([
    ["that is cut off", "count = = 3"],
    ["of closing brackets", "}); (() => { count = 99; "],
    ["of an import", "import x from 'y';"],
  ])("refuses a script with a syntax error %s, and runs nothing of it", async (_what, source) => {
    await fresh();

    await expect(inject(source)).rejects.toMatchObject({
      code: "REMOTE_FAULT",
      remoteCode: "INJECT_FAILED",
    });
    expect(await isonet.call(target, "lua", "count")).toBe(7);
  });

  test("tells where the syntax error is", async () => {
    await fresh();

    await expect(inject(`count = = 3`)).rejects.toThrow("patch.js:1:9");
    await expect(inject(`count = 8;\n  count = = 3`)).rejects.toThrow("patch.js:2:11");
    await expect(inject(`}); (() => {`)).rejects.toThrow("patch.js:1:2");
  });

  test("refuses names that are not in scope at run time only, as an error of the script", async () => {
    await fresh();

    expect(await inject(`print(nosuch)`)).toMatchObject({
      ok: false,
      output: expect.stringContaining("nosuch is not defined"),
    });
  });

  test("a script that spins is interrupted, and the service goes on", async () => {
    await fresh();

    await expect(inject(`count = 8; for (;;);`)).rejects.toMatchObject({
      remoteCode: "SLICE_EXCEEDED",
    });
    expect(await isonet.call(target, "lua", "count")).toBe(8);
  });

  test("answers calls of others that come meanwhile, and its neighbours'", async () => {
    await fresh();
    const injected = inject(`await sleep(20); return count;`);
    const slow = isonet.call(target, "lua", "slow");

    expect(await isonet.call(neighbour, "lua", "count")).toBe(7);
    expect(await slow).toBe(7);
    expect(await isonet.call(target, "lua", "add", 1)).toBe(8);
    expect(await injected).toEqual({ ok: true, output: "8\n" });
  });

  test("ten scripts at once on one service all run", async () => {
    await fresh();
    const all = Array.from({ length: 10 }, (_, index) => inject(`count += 1; return ${index};`));

    const outputs = (await Promise.all(all)).map(({ output }) => output);
    expect(outputs).toEqual(Array.from({ length: 10 }, (_, index) => `${index}\n`));
    expect(await isonet.call(target, "lua", "count")).toBe(17);
  });

  test("fails for one that has ended, and is refused to guests", async () => {
    await fresh();
    await isonet.kill(target);

    await expect(inject(`1`)).rejects.toMatchObject({ code: "REMOTE_FAULT" });
    const guest = await isonet.newService({
      name: "counter",
      modules: {
        "./counter.ts": `import { call, commands } from "isonet";
          commands({ inject: (who: any) => call(".launcher", "lua", "inject", who, "1", "x.js", []) });`,
      },
    });
    await expect(isonet.call(guest as Address, "lua", "inject", neighbour)).rejects.toMatchObject({
      remoteCode: "NOT_PERMITTED",
    });
  });
});
