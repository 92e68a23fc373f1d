// Two hundred players, each with an agent in an isolate of its own, chat at tables of five. The
// isolates of twenty of them end badly. Nobody else loses, doubles or reorders a message.
// PLAYERS sets their number; `npm run hostile:net` plays with a thousand.

import path from "node:path";
import type { Address, Ended } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./attackers.ts";
import { OrderChannel } from "./order-channel.ts";
import type { PlayersOrder, PlayersReport } from "./players-process.ts";
import { Victim } from "./victim.ts";

const count = Number(process.env["PLAYERS"] ?? 200);
const chatMs = 2000;
const paceMs = 50;
/** How long a message may be delayed by the ends of a hundred others, on a busy machine. */
const delayMsMax = 5000;
/** Every tenth: each table has none or one of them, so its other four are witnesses. */
const doomed = Array.from({ length: Math.ceil(count / 10) }, (_, index) => index * 10);
const ways = ["hoard", "spin", ""] as const;
const wayOf = (index: number): (typeof ways)[number] => ways[(index / 10) % 3] ?? "";
const hoarders = doomed.filter((index) => wayOf(index) === "hoard");

let victim: Victim;
let players: OrderChannel<PlayersOrder>;
let port: number;

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const report = async (): Promise<PlayersReport> =>
  (await players.tell({ kind: "report" })) as PlayersReport;

/** By a heap that is full, by a kill in the middle of a loop without end, or by a kill. */
async function ruin(index: number, agent: Address): Promise<void> {
  await players.tell({ kind: "doom", players: [index], word: wayOf(index) });
  if (wayOf(index) === "hoard") await pause(paceMs);
  else await victim.kill(agent);
}

/** Prints what the players have seen since the report before, for people. */
async function tell(what: string, seconds: number, before: PlayersReport): Promise<PlayersReport> {
  const now = await report();
  const { rssMib } = await victim.memory();
  const perSecond = (key: "echoed" | "heard"): number =>
    Math.round((now[key] - before[key]) / seconds);
  const delays = `echo p50 ${now.p50} ms, p99 ${now.p99} ms, at most ${Math.round(now.max)} ms`;
  const rates = `${perSecond("echoed")} echoes/s, ${perSecond("heard")} chat frames/s`;
  await players.tell({ kind: "forget" });
  process.stderr.write(`${what}: ${rates}; ${delays}; host's rss ${rssMib} MiB\n`);
  return now;
}

beforeAll(async () => {
  victim = await Victim.start({ memoryMb: 16, turnMsMax: 1000, warmIsolates: 8 });
  players = await OrderChannel.open<PlayersOrder>(
    path.join(import.meta.dirname, "players-process.ts"),
  );
  await victim.launch("hall");
  const watchdog = await victim.launch("watchdog", "player");
  const conf = { address: "127.0.0.1", port: 0, maxclient: 2000, backlog: 1024 };
  [, port] = await victim.call<[string, number]>(watchdog, "start", conf);
});

afterAll(async () => {
  await players.end();
  await victim.stop();
});

describe(`${count} players`, () => {
  test("do not notice that the isolates of a tenth of them end", async () => {
    const everybody = Array.from({ length: count }, (_, index) => index);
    const enteredAt = Date.now();
    await players.tell({ kind: "enter", port, players: everybody });
    const start = await report();
    expect(start.connected).toBe(count);
    process.stderr.write(`${count} agents and players in ${Date.now() - enteredAt} ms\n`);

    await players.tell({ kind: "chat", everyMs: 1000 });
    await pause(chatMs);
    const calm = await tell("before", chatMs / 1000, start);

    const endsAt = Date.now();
    const crashes = hoarders.map((index) =>
      victim.call<Ended>(".launcher", "monitor", calm.agents[index]),
    );
    for (const index of doomed) await ruin(index, calm.agents[index] as Address);
    await until(report, ({ connected }) => connected === count - doomed.length);
    const storm = await tell("meanwhile", (Date.now() - endsAt) / 1000, calm);
    expect(storm.dropped).toBe(0);
    expect(storm.max).toBeLessThan(delayMsMax);
    const { sockets } = await victim.figures();
    expect(sockets).toEqual({ LISTEN: 1, TCP: count - doomed.length });

    // The gate was told of each, and its watchdog by it.
    const told = victim.log.match(/socket error \d+ its agent has ended/g);
    expect(new Set(told).size).toBe(doomed.length);
    const codes = (await Promise.all(crashes)).map(({ code }) => code);
    expect(codes).toEqual(hoarders.map(() => "MEMORY_LIMIT"));

    await players.tell({ kind: "enter", port, players: doomed });
    await players.tell({ kind: "chat", everyMs: 1000 });
    await players.tell({ kind: "forget" });
    const again = await report();
    await pause(chatMs);
    await tell("afterwards", chatMs / 1000, again);
    await players.tell({ kind: "quiet" });
    const end = await report();
    expect(end).toMatchObject({ connected: count, lost: 0, wrong: 0, dropped: 0 });
    expect(await victim.call<number>(".hall", "players")).toBe(count);
  });
});
