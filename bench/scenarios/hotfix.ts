// Hotfix: for how long a service is kept from its messages while its code is changed, live and by a
// replacement, under load.
// Floor of both: a garbage collection of the same isolate, which proves nothing.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import type { HotfixReport } from "../../services/api/hotfix.ts";
import { startBenchHost, type BenchHost } from "../bench-host.ts";
import { timedMs, type Answer, type Scenario } from "../scenario.ts";

const rounds = 9;
const callers = 20;
const stateBytes = 1_000_000;
const source = readFileSync(path.join(import.meta.dirname, "../services/patched.ts"), "utf8");

type Change = (host: BenchHost, target: Address, round: number) => Promise<HotfixReport>;

type Load = {
  /** Calls that ended since the last look and took this long or longer. */
  readonly delayed: (ms: number) => number;
  /** Resolves with the longest wait, when every number has come once. */
  readonly stop: () => Promise<number>;
};

/** Calls without end until `stop`. */
function load(host: BenchHost, target: Address): Load {
  const state = { isOver: false };
  let longestMs = 0;
  const seen = new Set<number>();
  const waits: number[] = [];
  let asked = 0;
  const caller = async (): Promise<void> => {
    while (!state.isOver) {
      asked++;
      const ms = await timedMs(async () => {
        seen.add((await host.isonet.call(target, "lua", "add")) as number);
      });
      waits.push(ms);
      longestMs = Math.max(longestMs, ms);
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  return {
    delayed: (least) => waits.splice(0).filter((ms) => ms >= least).length,
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
  const delayed: number[] = [];
  const { stop, ...calls } = load(host, target);
  for (let round = 1; round <= rounds; round++) {
    calls.delayed(0);
    const report = await change(host, target, round);
    if (report.how !== how) throw new Error(JSON.stringify(report));
    held.push(report.heldMs);
    // The report comes before the answers to what waited meanwhile.
    await host.isonet.call(target, "lua", "generation");
    delayed.push(calls.delayed(report.heldMs / 2));
    gcs.push(await timedMs(() => host.isonet.call(".launcher", "lua", "gc", { address: target })));
  }
  const longestMs = await stop();
  await host.stop();
  const detail = { delayedMessages: middle(delayed), callers, longestCallMs: longestMs };
  return { value: middle(held), floor: middle(gcs), detail };
}

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
