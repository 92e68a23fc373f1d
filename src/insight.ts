// Insight: what the console's commands that look into services get of the host.
// Main thread. Made by host-services.ts.
// Invariant: a service is found where it lives at that moment; snapshots and profiles are read in
// the helper thread.

import type { Address } from "isonet";
import type { Launched } from "../services/host/launched.ts";
import type { InsightPowers } from "../services/host/console/insight-powers.ts";
import type { Controls } from "./controls.ts";
import { createProfileFile } from "./profile-files.ts";
import type { HelperPool } from "./shard/shard-pool.ts";
import type { Shards } from "./shards.ts";

export type InsightParts = {
  readonly shards: Shards;
  readonly controls: Controls;
  readonly launched: Launched;
  readonly titleOf: (address: Address) => string;
  readonly directory: string;
  readonly messageBytesMax: number;
  readonly helper: HelperPool;
};

export function insightPowers(parts: InsightParts): InsightPowers {
  const { shards, controls, launched, titleOf, directory, messageBytesMax, helper } = parts;
  const placeOf = (address: Address): number => shards.directory.shardOf(address);
  return {
    controlOf: (address) => {
      const place = launched.get(address) === undefined ? -1 : placeOf(address);
      return controls.of(address, place);
    },
    originOf: (address) => {
      const service = launched.get(address);
      if (service === undefined) return undefined;
      const place = placeOf(address);
      const [module = ""] = titleOf(address).split(" ");
      const where = shards.isCell(place) ? `cell.${place}` : `shard.${place}`;
      return { owner: service.owner, module, place: where };
    },
    messageBytesMax,
    createFile: (name) => createProfileFile(directory, name),
    readSnapshot: (path) => helper.run("readSnapshotFile", { path }),
    compareSnapshots: (before, after) => helper.run("compareSnapshotFiles", { before, after }),
    readProfile: (path) => helper.run("readProfileFile", { path }),
    guardProfiling,
  };
}

let isGuarded = false;

/**
 * V8 samples with SIGPROF and takes its handler away when the last profile ends; a signal that
 * arrives after that would end the process. With a handler of Node's it is put back instead.
 */
function guardProfiling(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on("SIGPROF", () => {});
}
