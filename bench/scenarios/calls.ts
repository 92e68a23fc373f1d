// Calls: what a call and a send cost between services of one shard and of two.
// Floor of all of them: a pair of empty applySync, what one call costs at least when nothing is
// batched.

import type { Address } from "isonet";
import { patient, startBenchHost, type BenchHost } from "../bench-host.ts";
import { applyPairUs } from "../floor.ts";
import { median, timedMs, type Answer, type Scenario } from "../scenario.ts";

const rounds = 5;

/** Microseconds for each of `count` operations of a caller. */
async function eachUs(
  host: BenchHost,
  caller: Address,
  count: number,
  ...order: unknown[]
): Promise<number> {
  const run = (): Promise<number> =>
    timedMs(() => host.isonet.call(patient(caller), "lua", ...order));
  await run(); // the compilers of both ends are warm from here on
  return ((await median(rounds, run)) * 1000) / count;
}

async function onOneShard(order: (echo: Address) => unknown[], count: number): Promise<Answer> {
  const floor = applyPairUs();
  const host = await startBenchHost({ shards: 1 });
  const echo = await host.spawn("echo");
  const value = await eachUs(host, await host.spawn("caller"), count, ...order(echo));
  await host.stop();
  return { value, floor };
}

const call: Scenario = {
  name: "call",
  about: "sequential call, same shard, small body",
  unit: "µs",
  target: { atMost: 6.5 },
  run: () => onOneShard((echo) => ["calls", echo, 100_000, 1, "small"], 100_000),
};

const call100: Scenario = {
  name: "call-100",
  about: "call with 100 in flight, same shard",
  unit: "µs",
  target: { atMost: 1.3 },
  run: () => onOneShard((echo) => ["calls", echo, 300_000, 100, "small"], 300_000),
};

const send: Scenario = {
  name: "send",
  about: "one-way send, same shard",
  unit: "µs",
  target: { atMost: 0.7 },
  run: () => onOneShard((echo) => ["sends", echo, 1_000_000, 1000], 1_000_000),
};

const callTable: Scenario = {
  name: "call-table",
  about: "call carrying a small nested table both ways",
  unit: "µs",
  target: { atMost: 9 },
  run: () => onOneShard((echo) => ["calls", echo, 100_000, 1, "table"], 100_000),
};

const pairs = 8;
const callsPerPair = 50_000;

const pairs8: Scenario = {
  name: "pairs-8",
  about: "8 pairs over all shards, 100 calls in flight each",
  unit: "calls/s",
  target: { atLeast: 800_000 },
  run: async () => {
    const floor = 1_000_000 / applyPairUs();
    const host = await startBenchHost();
    const couples: [Address, Address][] = [];
    for (let index = 0; index < pairs; index++) {
      const echo = await host.spawn("echo");
      couples.push([await host.spawn("caller", echo), echo]);
    }
    const run = (): Promise<number> =>
      timedMs(() =>
        Promise.all(
          couples.map(([caller, echo]) =>
            host.isonet.call(patient(caller), "lua", "calls", echo, callsPerPair, 100, "small"),
          ),
        ),
      );
    await run();
    const value = (pairs * callsPerPair * 1000) / (await median(rounds, run));
    await host.stop();
    return { value, floor };
  },
};

async function onTwoShards(order: (echo: Address) => unknown[], count: number): Promise<number> {
  const host = await startBenchHost({ shards: 2 });
  const echo = await host.spawn("echo");
  const us = await eachUs(host, await host.spawn("caller"), count, ...order(echo));
  await host.stop();
  return us;
}

const crossShardSend: Scenario = {
  name: "cross-shard-send",
  about: "send from shard to shard, sustained",
  unit: "messages/s",
  target: { atLeast: 1_000_000 },
  run: async () => {
    const floor = 1_000_000 / applyPairUs();
    const us = await onTwoShards((echo) => ["sends", echo, 1_000_000, 10_000], 1_000_000);
    return { value: 1_000_000 / us, floor };
  },
};

const crossShardCall: Scenario = {
  name: "cross-shard-call",
  about: "sequential call from shard to shard; the threads spin between the calls",
  unit: "µs",
  target: { atMost: 80 },
  run: async () => {
    const floor = applyPairUs();
    const value = await onTwoShards((echo) => ["calls", echo, 10_000, 1, "small"], 10_000);
    return { value, floor };
  },
};

export const callScenarios: readonly Scenario[] = [
  call,
  call100,
  send,
  callTable,
  pairs8,
  crossShardSend,
  crossShardCall,
];
