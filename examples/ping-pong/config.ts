// Two services that call each other.
// Run: npx isonet start examples/ping-pong/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "ping",
  servicePath: "./services/?.ts",
  console: false,
};
