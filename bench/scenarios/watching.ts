// Watching: what it costs to look on: a call to a service that is recorded, and one that is traced.
// Floor: the same call with nobody looking, measured in the same run.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Address } from "isonet";
import { patient, startBenchHost, type BenchHost } from "../bench-host.ts";
import { median, middleOf, timedMs, type Answer, type Scenario } from "../scenario.ts";

const rounds = 5;
const calls = 50_000;
const inFlight = 100;
const cellCalls = 10_000;
const cellRounds = 41;

/** Microseconds of each call, with so many in flight. */
type Calls = (order: {
  caller: Address;
  echo: Address;
  count: number;
  lanes: number;
}) => Promise<number>;

function callsOf({ isonet }: BenchHost): Calls {
  return async ({ caller, echo, count, lanes }) => {
    const order = ["calls", echo, count, lanes, "small"] as const;
    return ((await timedMs(() => isonet.call(patient(caller), "lua", ...order))) * 1000) / count;
  };
}

async function callUs(host: BenchHost, caller: Address, echo: Address): Promise<number> {
  const run = (): Promise<number> => callsOf(host)({ caller, echo, count: calls, lanes: 1 });
  await run();
  return median(rounds, run);
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

/**
 * 100 in flight: the cell's process has the most to do then, and what recording costs it shows. The
 * two are measured in turns, many short ones: other work of the machine meets both.
 */
async function besideUnrecordedInCell(): Promise<Pick<Answer, "value" | "floor">> {
  const folder = mkdtempSync(path.join(tmpdir(), "isonet-bench-"));
  const unbound = { callTimeoutMs: 0, sendsPerSecondMax: 0 } as const;
  const host = await startBenchHost({ shards: 1, cells: 1, recordPath: folder, ...unbound });
  const caller = await host.spawn("caller");
  const bounds = { cpuPerSecondMs: 1000, sliceMs: 5000, mailboxMax: 65_536 } as const;
  const order = { name: "echo", trust: "untrusted", owner: "bench", ...bounds } as const;
  const plain = (await host.isonet.newService(order)) as Address;
  const recorded = (await host.isonet.newService({ ...order, record: true })) as Address;
  const values: number[] = [];
  const floors: number[] = [];
  const run = (echo: Address): Promise<number> =>
    callsOf(host)({ caller, echo, count: cellCalls, lanes: inFlight });
  for (let round = 0; round < cellRounds; round++) {
    floors.push(await run(plain));
    values.push(await run(recorded));
  }
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
  return { value: middleOf(values), floor: middleOf(floors) };
}

const recordCell: Scenario = {
  name: "record-cell",
  about: "call to a recorded service in a cell, 100 in flight; floor: to one that is not recorded",
  unit: "µs",
  target: { ratioAtMost: 1.25 },
  run: besideUnrecordedInCell,
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

export const watchingScenarios: readonly Scenario[] = [record, recordCell, trace];
