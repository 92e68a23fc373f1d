// Web powers: what the dashboard's server is given: who runs where, the log's tail, its page.
// Main thread. Called once by host-services.ts.
// Invariant: the token is the system's chance, and is written nowhere.

import { randomBytes } from "node:crypto";
import type { Launched } from "../services/host/launched.ts";
import type { Launcher } from "../services/host/launcher.ts";
import type { PlacedService, WebPowers } from "../services/host/web/web-powers.ts";
import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { DashboardFiles } from "./dashboard-files.ts";
import type { Log } from "./log/log.ts";
import type { Shards } from "./shards.ts";

const tokenBytes = 32;

type WebParts = {
  readonly shards: Shards;
  readonly launched: Launched;
  readonly launcher: Launcher;
  readonly log: Log;
};

export function webPowers({ shards, launched, launcher, log }: WebParts): WebPowers {
  const files = new DashboardFiles();
  return {
    token: randomBytes(tokenBytes).toString("base64url"),
    services: () =>
      Array.from(launched.all(), ({ address, owner, terms }): PlacedService => {
        const title = launcher.titleOf(address);
        return {
          address: formatAddress(address),
          title,
          module: title.split(" ", 1)[0] ?? "",
          owner,
          isTrusted: terms.isTrusted,
          place: placeText(shards, address),
        };
      }),
    logAfter: (after, addressText) => log.tail.after(after, addressText),
    asset: (name) => files.read(name),
  };
}

function placeText(shards: Shards, address: ServiceAddress): string {
  if (shards.directory.isSuspended(address)) return "";
  const place = shards.cells.homeOf(address);
  return shards.isCell(place) ? `cell ${place}` : `shard ${place}`;
}
