// Two threads of one service, and a queue that keeps them apart.
// Run: npx isonet start examples/queue/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
};
