// Hotfix: for how long a service is kept from its messages while its code is changed, live and by a
// replacement, under load.
// Floor of both: a garbage collection of the same isolate, which proves nothing.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import type { HotfixReport } from "../../services/api/hotfix.ts";
import { startBenchHost, type BenchHost } from "../bench-host.ts";
import { timedMs, type Scenario } from "../scenario.ts";

const rounds = 9;
const callers = 20;
const stateBytes = 1_000_000;
const source = readFileSync(path.join(import.meta.dirname, "../services/patched.ts"), "utf8");

type Change = (host: BenchHost, target: Address, round: number) => Promise<HotfixReport>;

/** Calls without end until `stop`; the longest wait, and whether every number came once. */
function load(host: BenchHost, target: Address): { stop: () => Promise<number> } {
  const state = { isOver: false };
  let longestMs = 0;
  const seen = new Set<number>();
  let asked = 0;
  const caller = async (): Promise<void> => {
    while (!state.isOver) {
      asked++;
      const ms = await timedMs(async () => {
        seen.add((await host.isonet.call(target, "lua", "add")) as number);
      });
      longestMs = Math.max(longestMs, ms);
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  return {
    stop: async () => {
      state.isOver = true;
      await all;
      if (seen.size !== asked) throw new Error(`${asked - seen.size} of ${asked} were lost`);
      return longestMs;
    },
  };
}

async function heldMs(change: Change, how: HotfixReport["how"]): Promise<Answer> {
  const host = await startBenchHost({ shards: 1 });
  const target = await host.spawn("patched");
  await host.isonet.call(target, "lua", "fill", how === "replaced" ? stateBytes : 0);
  const held: number[] = [];
  const gcs: number[] = [];
  const { stop } = load(host, target);
  for (let round = 1; round <= rounds; round++) {
    const report = await change(host, target, round);
    if (report.how !== how) throw new Error(JSON.stringify(report));
    held.push(report.heldMs);
    gcs.push(await timedMs(() => host.isonet.call(".launcher", "lua", "gc", { address: target })));
  }
  const longestMs = await stop();
  await host.stop();
  console.error(`${how}: ${held.map((ms) => ms.toFixed(1)).join(" ")}; a call ${longestMs} ms`);
  return { value: middle(held), floor: middle(gcs) };
}

type Answer = { readonly value: number; readonly floor: number };

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}

const hotfix: Scenario = {
  name: "hotfix",
  about: "live change of a function under load, proof included: no turn for this long",
  unit: "ms",
  target: { atMost: 20 },
  run: () =>
    heldMs((host, target, round) => {
      const text = source.replace("count += 1;", `count += ${round} - ${round - 1};`);
      return host.host.hotfix.apply(target, text);
    }, "live"),
};

const replace: Scenario = {
  name: "replace",
  about: "replacement under load with 1 MB of state, no message lost: unavailable for this long",
  unit: "ms",
  target: { atMost: 50 },
  run: () =>
    heldMs((host, target, round) => {
      const text = source.replace("generation = 1", `generation = ${round + 1}`);
      return host.host.hotfix.apply(target, text, { isReplacing: true });
    }, "replaced"),
};

export const hotfixScenarios: readonly Scenario[] = [hotfix, replace];
