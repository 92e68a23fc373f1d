// Web powers: what the dashboard's server is given: who runs where, the log's tail, its page.
// Main thread. Called once by host-services.ts.
// Invariant: the token is the system's chance, and is written nowhere.

import { randomBytes } from "node:crypto";
import { constants, open } from "node:fs/promises";
import type { Launched } from "../services/host/launched.ts";
import type { Launcher } from "../services/host/launcher.ts";
import type { OpenFile, PlacedService, WebPowers } from "../services/host/web/web-powers.ts";
import { CodedError } from "../wire/coded-error.ts";
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
    openFile,
  };
}

async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isFile()) return { bytes: stats.size, stream: file.createReadStream() };
  await file.close();
  throw new CodedError("ADDRESS_UNKNOWN", `${path} is no regular file`);
}

function placeText(shards: Shards, address: ServiceAddress): string {
  if (shards.directory.isSuspended(address)) return "";
  const place = shards.cells.homeOf(address);
  return shards.isCell(place) ? `cell ${place}` : `shard ${place}`;
}
