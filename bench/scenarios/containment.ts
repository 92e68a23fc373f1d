// Containment: how soon hostile scripts are stopped, and how soon those come back who were in a
// cell that was lost.

import { setTimeout as pause } from "node:timers/promises";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { residentBytes } from "../../src/cell/process-figures.ts";
import { limits } from "../../wire/limits.ts";
import { attempt } from "../../test/hostile/runner/attempt.ts";
import { childPids } from "../../test/hostile/runner/processes.ts";
import { quantile } from "../../test/hostile/runner/report.ts";
import { Stage } from "../../test/hostile/runner/stage.ts";
import { startBenchHost } from "../bench-host.ts";
import { isolateMs } from "../floor.ts";
import { timedMs, type Answer, type Scenario } from "../scenario.ts";

const corpus = path.join(import.meta.dirname, "../../test/hostile/corpus");

/** Milliseconds that each script of the corpus kept its service, or its cell, from answering. */
async function stopTimes(): Promise<number[]> {
  const { sliceMs, cellStallMs } = limits;
  await using stage = await Stage.open({ sliceMs, cellStallMs, isBrief: true });
  const times: number[] = [];
  for (const name of readdirSync(corpus).filter((one) => one.endsWith(".js"))) {
    const text = readFileSync(path.join(corpus, name), "utf8");
    times.push((await attempt(stage, { name, text })).stopMs);
    await stage.neighboursBackMs();
  }
  return times;
}

async function stopTime(share: number): Promise<Answer> {
  return { value: Math.max(1, quantile(await stopTimes(), share)), floor: limits.sliceMs };
}

const stopP50: Scenario = {
  name: "stop-time-p50",
  about:
    "a hostile script, from its call until its service answers or is gone, median of the corpus",
  unit: "ms",
  target: { atMost: limits.sliceMs * 1.5 },
  run: () => stopTime(0.5),
};

const stopP99: Scenario = {
  name: "stop-time",
  about: "the same, of all scripts but one in a hundred: some end their cell",
  unit: "ms",
  target: { atMost: limits.cellStallMs * 1.5 },
  run: () => stopTime(0.99),
};

const many = 100;
const pollMs = 5;

const recover: Scenario = {
  name: "recover",
  about: `a cell with ${many} services is killed, until all of them answer again`,
  unit: "ms",
  target: { atMost: 500 },
  run: async () => {
    const floor = isolateMs() * many;
    const host = await startBenchHost({ shards: 1, cells: 1 });
    const order = {
      name: "echo",
      trust: "untrusted",
      owner: "bench",
      restart: { policy: "on-crash", backoffMs: 0 },
    } as const;
    const services: Address[] = [];
    while (services.length < many) services.push((await host.isonet.newService(order)) as Address);
    await pause(2000); // the spare cell is ready
    const bytes = (pid: number): number => residentBytes(pid) ?? 0;
    const [cell] = childPids().toSorted((a, b) => bytes(b) - bytes(a)); // the other one is empty
    const value = await timedMs(async () => {
      process.kill(cell as number, "SIGKILL");
      await Promise.all(services.map((to) => answers(host.isonet, to)));
    });
    await host.stop();
    return { value, floor };
  },
};

/** Asks until it answers from another life: what is asked before the host knows is CELL_LOST. */
async function answers({ call }: typeof Isonet, to: Address): Promise<void> {
  for (let hasFailed = false; ;) {
    try {
      await call({ to, timeoutMs: 60_000 }, "lua", "echo", 1);
      if (hasFailed) return;
    } catch {
      hasFailed = true;
    }
    await pause(pollMs);
  }
}

export const containmentScenarios: readonly Scenario[] = [stopP50, stopP99, recover];
