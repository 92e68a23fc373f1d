// Recycled cells on a real host: a cell that is old gives its services to another one, and who
// talks with them notices nothing.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const counter = `
import { commands, exportState, importState, self } from "isonet";
let state = { calls: 0, sends: 0, broken: [] };
exportState(() => state);
importState((before) => { state = before; });
commands({
  call: (number) => {
    if (number !== ++state.calls) state.broken.push(["call", number, state.calls]);
    return state.calls;
  },
  send: (number) => {
    if (number !== ++state.sends) state.broken.push(["send", number, state.sends]);
  },
  state: () => { return { ...state }; },
});
`;
const patched = counter.replace("{ ...state }", "{ ...state, patched: true }");

/** Sends and calls with numbers, one behind the other, until it is told to stop. */
const client = `
import { call, commands, send, sleep } from "isonet";
let isStopping = false;
commands({
  run: async (target) => {
    let calls = 0;
    let sends = 0;
    const wrong = [];
    while (!isStopping) {
      for (let times = 0; times < 3; times++) send(target, "lua", "send", ++sends);
      const answer = await call(target, "lua", "call", ++calls).catch((error) => error.code);
      if (answer !== calls) wrong.push([calls, answer]);
      if (calls % 50 === 0) await sleep(1);
    }
    return { calls, sends, wrong };
  },
  stop: () => { isStopping = true; },
});
`;

function logOf({ directory }: TestHost): string {
  return readFileSync(path.join(directory, "host.log"), "utf8");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a cell that is older than cellAgeMs", () => {
  test("gives its services away under load, with the text that they run; no message is lost, doubled or reordered", async () => {
    await using kit = await startHost(
      { counter, client },
      { cells: 1, cellAgeMs: 1000, callTimeoutMs: 10_000 },
    );
    const { isonet, host } = kit;
    const cells = (): { pid: number; services: number; state: string }[] =>
      [...host.containment.powers(host.options).cells()].filter(({ state }) => state !== "spare");
    const order = { name: "counter", trust: "untrusted", owner: "ann" } as const;
    const bounds = { sliceMs: 500, cpuPerSecondMs: 1000 };
    const target = (await isonet.newService({ ...order, ...bounds })) as Address;
    const runner = (await isonet.newService("client")) as Address;
    const [first] = cells();
    const running = isonet.call({ to: runner, timeoutMs: 0 }, "lua", "run", target);

    const moves = (): number => logOf(kit).split("MOVED from").length - 1;
    expect(await host.hotfix.apply(target, patched)).toMatchObject({ how: "live" });
    const movesAfter = moves() + 2;
    await expect.poll(moves, { timeout: 20_000 }).toBeGreaterThanOrEqual(movesAfter);
    isonet.send(runner, "lua", "stop");
    const { calls, sends, wrong } = (await running) as Record<string, unknown>;

    expect(wrong).toEqual([]);
    expect(await isonet.call(target, "lua", "state")).toEqual({
      calls,
      sends,
      broken: [],
      patched: true,
    });
    expect(host.hotfix.versions(target)).toMatchObject({
      [isonet.address(target)]: [{ how: "start" }, { how: "live" }],
    });
    expect(calls).toBeGreaterThan(0);
    await expect.poll(() => isAlive(first?.pid ?? 0)).toBe(false);
    expect(cells().some(({ pid }) => pid === first?.pid)).toBe(false);
  });
});
