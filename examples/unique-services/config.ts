// One service for all who ask for it by name.
// Run: npx isonet start examples/unique-services/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
};
