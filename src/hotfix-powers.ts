// Hotfix powers: what the hotfix service needs of the host: texts, hashes, and where services are.
// Main thread. Given by host-services.ts.
// Invariant: texts are read here and never parsed: they may be a stranger's.

import { createHash } from "node:crypto";
import type { Address } from "isonet";
import type { HotfixPowers } from "../services/host/hotfix.ts";
import type { LaunchOrder } from "../services/host/launch-order.ts";
import type { Launched } from "../services/host/launched.ts";
import type { Launcher } from "../services/host/launcher.ts";
import { VersionLedger, type LedgerPowers } from "../services/host/version-ledger.ts";
import type { ProgramSources } from "./cell/program-sources.ts";
import type { Controls } from "./controls.ts";
import type { Shards } from "./shards.ts";

const versionDigits = 8;
const hashesMax = 1024;

/** `sources` has the files' texts for cells, too. */
export function makeLedger(sources: ProgramSources, warn: LedgerPowers["warn"]): VersionLedger {
  // A thousand services of one file share its text: it is hashed once.
  const hashes = new Map<string, string>();
  return new VersionLedger({
    read: (order) => sources.mainText(order),
    hash: (text) => {
      const known = hashes.get(text);
      if (known !== undefined) return known;
      const hash = createHash("sha256").update(text).digest("hex").slice(0, versionDigits);
      if (hashes.size >= hashesMax) hashes.clear();
      hashes.set(text, hash);
      return hash;
    },
    nowMs: () => Date.now(),
    warn,
  });
}

export type HotfixParts = {
  readonly shards: Shards;
  readonly controls: Controls;
  readonly launcher: Launcher;
  readonly launched: Launched;
  readonly ledger: VersionLedger;
  readonly orderFor: (place: number, order: LaunchOrder) => LaunchOrder;
  readonly isHostOwn: (address: Address) => boolean;
};

export function hotfixPowers(parts: HotfixParts): HotfixPowers {
  const { shards, controls, launcher, launched, ledger, orderFor, isHostOwn } = parts;
  const placeOf = (address: Address): number => {
    return launched.get(address) === undefined ? -1 : shards.cells.homeOf(address);
  };
  return {
    ledger,
    isHostOwn,
    controlOf: (address) => controls.at(placeOf(address)),
    settled: (address) => launcher.relocation.settled(address),
    orderFor: (order) => orderFor(placeOf(order.address), order),
    lifeOf: (address) => {
      const isThere = launched.get(address) !== undefined;
      return isThere ? launcher.lifeOf(address).incarnation : undefined;
    },
    titleOf: (address) => launcher.titleOf(address),
    log: (address, text, level) => shards.own.log(level ?? "info", address, text),
  };
}
