// Worker: the entry of one shard's thread, a long-lived task of the Piscina pool.
// Worker thread. Started by shard-pool.ts; ends when the host's `stopping` word is set.
// Invariant: every isolate of the thread is disposed before the task resolves: an exit would hang
// otherwise.

import { wellKnown, makeAddress } from "../../wire/address.ts";
import { IsolateCount } from "../engine/ceiling.ts";
import { IsolatedEngine } from "../engine/isolated-engine.ts";
import { collectBeforeEnd } from "../engine/last-collection.ts";
import { control } from "./control.ts";
import { GuestServices } from "./guest-services.ts";
import { IdleCollector } from "./idle-collector.ts";
import { ProgramFiles } from "./program-files.ts";
import { Stopping, type HostMemory } from "./host-memory.ts";
import { Loop } from "./loop.ts";
import type { ShardOptions } from "./shard-options.ts";
import { Shard, threadGround } from "./shard.ts";
import { WarmPool } from "./warm-pool.ts";

const framesPerRead = 1024;

export type ShardTask = {
  readonly index: number;
  readonly memory: HostMemory;
  readonly options: ShardOptions;
};

/** Runs the shard until the host stops. */
export async function runShard({ index, memory, options }: ShardTask): Promise<void> {
  const shard = new Shard(threadGround(index, memory, options.node), options);
  const count = new IsolateCount(memory.isolateCount, options.isolatesMax);
  const engine = new IsolatedEngine({
    mark: shard.mark.words,
    count,
    turnMsMax: options.turnMsMax,
  });
  const pool = new WarmPool(engine, options);
  const guests = new GuestServices(shard, pool, new ProgramFiles());
  const localId = wellKnown.shardControl + index;
  shard.directory.occupy(localId, index);
  const address = makeAddress(options.node, localId);
  shard.addHostService(address, `control.${index}`, (service) => control(shard, guests, service));
  pool.refillSoon();
  const collector = new IdleCollector(shard, guests);
  collector.start();
  await new Loop(shard, memory.stopping, { spins: true }).run();
  for (const record of Array.from(shard.kernel.services.values())) {
    shard.kernel.end(record, "HOST_STOPPING", "the host is shutting down");
  }
  await refuseLate(shard, new Int32Array(memory.stopping));
  collector.stop();
  await guests.disposed();
  pool.dispose();
  await engine.stop();
  await collectBeforeEnd();
}

/** Answers what was on its way to services that have ended, until shard 0 sends no more. */
async function refuseLate(shard: Shard, stopping: Int32Array): Promise<void> {
  while (Atomics.load(stopping, 0) < Stopping.threads) {
    shard.readLinks(framesPerRead);
    shard.links.pump();
    await new Promise<void>((resolve) => void setTimeout(resolve, 1));
  }
  while (shard.readLinks(framesPerRead)) shard.links.pump();
}
