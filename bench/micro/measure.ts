// Measure: runs the tasks of one micro bench and prints a line for each.
// Main thread of a bench process; only under bench/micro.
// Invariant: every line says what one unit (a frame, a timer) costs, and the first says where it
// was measured.

import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { Bench } from "tinybench";

export type Task = {
  readonly name: string;
  /** Units of work in one call of `run`. */
  readonly units: number;
  readonly run: () => void;
  /** Done before each call of `run`, and not measured. */
  readonly before?: () => void;
};

const timeMs = 300; // of measuring per task: the median settles within 2 % on a quiet machine
const warmupMs = 100;

export async function measure(title: string, tasks: readonly Task[]): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: warmupMs });
  for (const { name, run, before } of tasks) {
    bench.add(name, run, before === undefined ? {} : { beforeEach: before });
  }
  await bench.run();
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const cpu = cpus()[0]?.model ?? "unknown CPU";
  console.log(`${title}  (${commit}, Node ${process.version}, ${cpu} x ${cpus().length})`);
  for (const { name, units } of tasks) {
    const result = bench.getTask(name)?.result;
    if (result?.state !== "completed") throw new Error(`${name} did not run: ${result?.state}`);
    const { min, p50, p99 } = result.latency;
    const perUnit = (ms: number): string => `${((ms * 1e6) / units).toFixed(1).padStart(9)} ns`;
    const figures = `least ${perUnit(min)}   median ${perUnit(p50)}   p99 ${perUnit(p99)}`;
    console.log(`  ${name.padEnd(44)} ${figures}`);
  }
}
