// Sleeping, waiting, waking, and timers.
// Run: npx isonet start examples/timers/config.ts

import type { HostOptions } from "../../src/options.ts";

export const config: HostOptions = {
  start: "timers",
  servicePath: "./services/?.ts",
  console: false,
};
