// The smallest host: one service, no console.
// Run: npx isonet start examples/hello/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "hello isonet",
  servicePath: "./services/?.ts",
  console: false,
};
