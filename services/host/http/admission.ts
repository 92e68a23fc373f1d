// Admission: where a service may connect to, by URL.
// Shard 0. Asked by fetches.ts and sockets.ts before each connection, redirects included.
// Invariant: a URL without a port means that of its scheme; a host is compared as it is written.

import type { Address } from "isonet";
import type { HttpRights } from "./http-powers.ts";

const securePort = 443;
const plainPort = 80;

/** Fails with CAPABILITY_MISSING. */
export function admit(
  rights: HttpRights,
  source: Address,
  { hostname, port, protocol }: URL,
): void {
  const isSecure = protocol === "https:" || protocol === "wss:";
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const number = port === "" ? (isSecure ? securePort : plainPort) : Number(port);
  rights.checkNet(source, "connect", host, number);
}
