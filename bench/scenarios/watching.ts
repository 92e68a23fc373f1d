// Watching: what it costs to look on: a call to a service that is recorded, and one that is traced.
// Floor: the same call with nobody looking, measured in the same run.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Address } from "isonet";
import { patient, startBenchHost, type BenchHost } from "../bench-host.ts";
import { median, timedMs, type Answer, type Scenario } from "../scenario.ts";

const rounds = 5;
const calls = 50_000;

async function callUs(host: BenchHost, caller: Address, echo: Address): Promise<number> {
  const run = (): Promise<number> =>
    timedMs(() => host.isonet.call(patient(caller), "lua", "calls", echo, calls, 1, "small"));
  await run();
  return ((await median(rounds, run)) * 1000) / calls;
}

async function besidePlain(
  look: (host: BenchHost) => Promise<Address>,
): Promise<Pick<Answer, "value" | "floor">> {
  const folder = mkdtempSync(path.join(tmpdir(), "isonet-bench-"));
  const host = await startBenchHost({ shards: 1, recordPath: folder });
  const caller = await host.spawn("caller");
  const floor = await callUs(host, caller, await host.spawn("echo"));
  const value = await callUs(host, caller, await look(host));
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
  return { value, floor };
}

const record: Scenario = {
  name: "record",
  about: "sequential call to a service that is recorded; floor: to one that is not",
  unit: "µs",
  target: { ratioAtMost: 1.25 },
  run: () =>
    besidePlain(
      async ({ isonet }) => (await isonet.newService({ name: "echo", record: true })) as Address,
    ),
};

const trace: Scenario = {
  name: "trace",
  about: "sequential call to a service whose every message is traced; floor: to one that is not",
  unit: "µs",
  target: { ratioAtMost: 25 },
  run: () =>
    besidePlain(async (host) => {
      const echo = await host.spawn("echo");
      await host.isonet.call(echo, "debug", "TRACELOG", "lua", true);
      return echo;
    }),
};

export const watchingScenarios: readonly Scenario[] = [record, trace];
