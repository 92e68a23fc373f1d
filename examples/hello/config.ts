// The smallest host: one service, no console.
// Run: npx isonet start examples/hello/config.ts

import type { HostOptions } from "../../src/options.ts";

export const config: HostOptions = {
  start: "hello isonet",
  servicePath: "./services/?.ts",
  console: false,
};
