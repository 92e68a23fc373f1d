// Kernels in concert: seeded random traffic over several shards.
// Simulation. A failing run prints its seed and its last events; set SIMULATION_SEED to run one
// seed again.
// Invariant: what must hold is checked by the ledger at every step; the tests here only choose the
// mix.

import { describe, expect, test } from "vitest";
import { World, type Mix } from "./world.ts";

const mixes: { readonly [name: string]: Mix } = {
  "services that come and go": {
    shards: 3,
    steps: 6000,
    servicesPerShard: 6,
    deaths: 1,
    hostileServices: 0,
  },
  "services among hostile ones": {
    shards: 3,
    steps: 6000,
    servicesPerShard: 5,
    deaths: 0.6,
    hostileServices: 4,
  },
  "one shard alone": {
    shards: 1,
    steps: 4000,
    servicesPerShard: 10,
    deaths: 1,
    hostileServices: 1,
  },
  "many shards with few services": {
    shards: 6,
    steps: 5000,
    servicesPerShard: 2,
    deaths: 1,
    hostileServices: 1,
  },
};

const peaceful: Mix = {
  shards: 3,
  steps: 6000,
  servicesPerShard: 6,
  deaths: 0,
  hostileServices: 0,
};

const again = process.env["SIMULATION_SEED"];
const seeds =
  again === undefined ? [1, 2, 3, Math.floor(Math.random() * 0xffff_ffff)] : [Number(again)];

describe.each(Object.entries(mixes))("%s", (_name, mix) => {
  test.each(seeds)("keep every promise of the kernel (seed %i)", (seed) => {
    const world = new World(seed, mix);

    world.run();

    expect(world.ledger.counts.get("calls: reply")).toBeGreaterThan(0);
    const counted = world.services.map(({ record }) => record?.stat);
    const seen = world.services.map(({ occupant, written, unread }) => ({
      turns: occupant.turns,
      messages: occupant.messages + unread,
      sent: written,
    }));
    expect(counted).toMatchObject(seen);
  });
});

describe("services that live on", () => {
  test.each(seeds)("receive every one-way message that was not refused (seed %i)", (seed) => {
    const world = new World(seed, peaceful);

    world.run();

    const refusedPokes = world.ledger.counts.get("pokes refused") ?? 0;
    const dropped = world.routers.reduce((sum, router) => sum + router.dropped, 0);
    expect(world.ledger.unreceived.size).toBe(dropped - refusedPokes);
    expect(world.ledger.dead.size).toBe(0);
  });
});
