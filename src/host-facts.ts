// Host facts: the figures of the host itself, for its console.
// Main thread. Asked by the console service; reads what the shards' marks show.
// Invariant: asking disturbs nobody: no shard is waited for.

import { readFileSync } from "node:fs";
import type { HostFacts } from "../services/host/console/powers.ts";
import type { Shards } from "./shards.ts";

const controlServices = 1; // each shard has one service of the host's own

export function hostFacts(shards: Shards, isolatesMax: number): HostFacts {
  const { isolateCount, startTimeMs } = shards.memory;
  const guests = shards.loads().filter(({ shard }) => shard !== shards.own.index);
  return {
    version: packageVersion(),
    nodeVersion: process.versions.node,
    pid: process.pid,
    uptimeMs: Date.now() - startTimeMs,
    shards: guests.map(({ shard, services, waiting }) => ({
      index: shard,
      services: Math.max(0, services - controlServices),
      waiting,
    })),
    isolates: Atomics.load(new Int32Array(isolateCount), 0),
    isolatesMax,
    memory: process.memoryUsage(),
  };
}

function packageVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
