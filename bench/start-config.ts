// Start configuration: one service and nothing else. For the scenario `start`.

import type { HostOptions } from "../src/options.ts";

export const config: HostOptions = {
  servicePath: "services/?.ts",
  start: "echo",
  console: false,
  log: { level: "error" },
};
