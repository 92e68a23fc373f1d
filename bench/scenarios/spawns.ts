// Spawns: what a service costs: to start, to keep, to start the host for it.

import { setTimeout as pause } from "node:timers/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { startBenchHost } from "../bench-host.ts";
import { isolateKib, isolateMs } from "../floor.ts";
import { median, timedMs, type Scenario } from "../scenario.ts";

const pauseMs = 400; // the warm pool fills itself behind a burst of launches

async function spawnMs(warmIsolates: number, pausesMs: number): Promise<number> {
  const host = await startBenchHost({ shards: 1, warmIsolates });
  await host.spawn("echo");
  const value = await median(31, async () => {
    await pause(pausesMs);
    return timedMs(() => host.spawn("echo"));
  });
  await host.stop();
  return value;
}

const spawnWarm: Scenario = {
  name: "spawn-warm",
  about: "newService with an isolate of the warm pool",
  unit: "ms",
  target: { atMost: 0.5 },
  run: async () => ({ value: await spawnMs(4, 100), floor: isolateMs() }),
};

const spawnCold: Scenario = {
  name: "spawn-cold",
  about: "newService with a new isolate",
  unit: "ms",
  target: { atMost: 3 },
  run: async () => ({ value: await spawnMs(0, 5), floor: isolateMs() }),
};

const many = 1000;

const spawn1000: Scenario = {
  name: "spawn-1000",
  about: "1,000 services in a row, each of them ready, by the service",
  unit: "ms",
  target: { atMost: 3 },
  run: async () => {
    const floor = isolateMs();
    const host = await startBenchHost();
    await host.spawn("echo");
    const ms = await timedMs(async () => {
      for (let index = 0; index < many; index++) await host.spawn("echo");
    });
    await host.stop();
    return { value: ms / many, floor };
  },
};

const idle = 200;

const memoryIdle: Scenario = {
  name: "memory-idle",
  about: "resident memory of an idle service",
  unit: "KiB",
  target: { atMost: 1331 }, // 1.3 MB
  run: async () => {
    const floor = isolateKib(idle);
    const host = await startBenchHost({ warmIsolates: 0 });
    await host.spawn("echo");
    const before = process.memoryUsage.rss();
    for (let index = 0; index < idle; index++) await host.spawn("echo");
    await pause(pauseMs);
    const value = (process.memoryUsage.rss() - before) / 1024 / idle;
    await host.stop();
    return { value, floor };
  },
};

/** Milliseconds from the start of a process until it says something; it is ended then. */
async function processMs(...args: string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = new Promise<void>((resolve) => {
    child.stdout.once("data", () => resolve());
    child.stderr.once("data", () => resolve());
  });
  await said;
  const ms = performance.now() - start;
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "exit");
  return ms;
}

const start: Scenario = {
  name: "start",
  about: "the isonet command, from the start of the process to its first service ready",
  unit: "ms",
  target: { atMost: 400 },
  run: async () => {
    const folder = path.join(import.meta.dirname, "..");
    const command = [path.join(folder, "../bin/isonet.mjs"), "start"];
    const configuration = path.join(folder, "start-config.ts");
    const floor = await median(5, () => processMs("-e", "console.log('ready')"));
    await processMs(...command, configuration); // fills the compile cache
    const value = await median(5, () => processMs(...command, configuration));
    return { value, floor };
  },
};

export const spawnScenarios: readonly Scenario[] = [
  spawnWarm,
  spawnCold,
  spawn1000,
  memoryIdle,
  start,
];
