// Sleeping, waiting, waking, and timers.
// Run: npx isonet start examples/timers/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "timers",
  servicePath: "./services/?.ts",
  console: false,
};
