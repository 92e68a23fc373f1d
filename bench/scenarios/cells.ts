// Cells: what calls and sends cost when one end, or both, is an untrusted service in a cell.
// Floor: a byte to another process and back, over the same kind of socket; for two services of one
// cell a pair of empty applySync, as on a shard.

import { setTimeout as pause } from "node:timers/promises";
import type { Address } from "isonet";
import { patient, startBenchHost, type BenchHost } from "../bench-host.ts";
import { applyPairUs, processRoundTripUs } from "../floor.ts";
import { median, timedMs, type Answer, type Scenario } from "../scenario.ts";

const rounds = 5;
const idleCalls = 300;
const warmCalls = 5000; // the compilers of both ends are done then

/**
 * What an untrusted service may not use up by itself: the bench measures the way, not the bounds.
 */
const bounds = { cpuPerSecondMs: 1000, sliceMs: 5000, mailboxMax: 65_536 } as const;
const host = (): Promise<BenchHost> =>
  startBenchHost({ shards: 1, cells: 1, sendsPerSecondMax: 0, callTimeoutMs: 0 });

async function untrusted(
  { isonet }: BenchHost,
  name: string,
  allow?: { readonly send: readonly Address[] },
): Promise<Address> {
  const order = { name, trust: "untrusted", owner: "bench", ...bounds, ...(allow && { allow }) };
  const address = await isonet.newService(order as Parameters<typeof isonet.newService>[0]);
  if (address === undefined) throw new Error(`${name} exited while it was starting`);
  return address;
}

/** Microseconds for each of `count` operations of a caller. */
async function eachUs(
  { isonet }: BenchHost,
  caller: Address,
  count: number,
  ...order: unknown[]
): Promise<number> {
  const run = (): Promise<number> => timedMs(() => isonet.call(patient(caller), "lua", ...order));
  await run(); // the compilers of both ends are warm from here on
  return ((await median(rounds, run)) * 1000) / count;
}

async function toCell(order: (echo: Address) => unknown[], count: number): Promise<Answer> {
  const floor = await processRoundTripUs();
  const bench = await host();
  const echo = await untrusted(bench, "echo");
  const value = await eachUs(bench, await bench.spawn("caller"), count, ...order(echo));
  await bench.stop();
  return { value, floor };
}

/** Median of single calls from the main thread, each after a pause; 0: the processes just sleep. */
async function singleCalls(idleMs: number): Promise<Answer> {
  const floor = await processRoundTripUs(idleMs);
  const bench = await host();
  const to = patient(await untrusted(bench, "echo"));
  const call = (): Promise<unknown> => bench.isonet.call(to, "lua", "echo", 1);
  for (let left = warmCalls; left > 0; left--) await call();
  const value = await median(idleCalls, async () => {
    if (idleMs > 0) await pause(idleMs);
    return (await timedMs(call)) * 1000;
  });
  await bench.stop();
  return { value, floor };
}

const cellCall: Scenario = {
  name: "cell-call",
  about: "call into a cell from the host's main thread to its reply; both sleep between the calls",
  unit: "µs",
  target: { atMost: 150 },
  run: () => singleCalls(0),
};

const cellCallRested: Scenario = {
  name: "cell-call-rested",
  about: "the same after 5 ms of silence: the cores have gone to sleep too",
  unit: "µs",
  target: { ratioAtMost: 4 },
  run: () => singleCalls(5),
};

const cellCall100: Scenario = {
  name: "cell-call-100",
  about: "call into a cell from a shard, 100 in flight",
  unit: "µs",
  target: { atMost: 3 },
  run: () => toCell((echo) => ["calls", echo, 100_000, 100, "small"], 100_000),
};

const cellSend: Scenario = {
  name: "cell-send",
  about: "one-way send into a cell from a shard",
  unit: "µs",
  target: { atMost: 3 },
  run: () => toCell((echo) => ["sends", echo, 200_000, 1000], 200_000),
};

const cellInside: Scenario = {
  name: "cell-inside",
  about: "sequential call between two services of one owner in one cell",
  unit: "µs",
  target: { atMost: 13 },
  run: async () => {
    const floor = applyPairUs();
    const bench = await host();
    const echo = await untrusted(bench, "echo");
    const caller = await untrusted(bench, "caller");
    const value = await eachUs(bench, caller, 50_000, "calls", echo, 50_000, 1, "small");
    await bench.stop();
    return { value, floor };
  },
};

export const cellScenarios: readonly Scenario[] = [
  cellCall,
  cellCallRested,
  cellCall100,
  cellSend,
  cellInside,
];
