// One service for all who ask for it by name.
// Run: npx isonet start examples/unique-services/config.ts

import type { HostOptions } from "../../src/options.ts";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
};
