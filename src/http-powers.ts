// HTTP powers: what the host service .http is given: ports, requests, connections, time.
// Main thread. Called once by host-services.ts.
// Invariant: a timer of it never keeps the process alive.

import type { CallerRights } from "../services/host/caller-rights.ts";
import type { HttpPowers } from "../services/host/http/http-powers.ts";
import { fetchHttp } from "./net/http-client.ts";
import { openHttpServer } from "./net/http-server.ts";
import { dialSocket } from "./net/socket-link.ts";
import type { Shards } from "./shards.ts";

export function httpPowers(shards: Shards, rights: CallerRights): HttpPowers {
  return {
    listen: openHttpServer,
    fetch: fetchHttp,
    dial: dialSocket,
    rights,
    isAlive: (address) => shards.directory.shardOf(address) >= 0,
    log: (address, text) => shards.own.log("warn", address, text),
    after: (ms, act) => void setTimeout(act, ms).unref(),
  };
}
