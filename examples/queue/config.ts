// Two threads of one service, and a queue that keeps them apart.
// Run: npx isonet start examples/queue/config.ts

import type { HostOptions } from "../../src/options.ts";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
};
