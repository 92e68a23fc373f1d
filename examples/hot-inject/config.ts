// A service that is changed while it runs, through the console on 127.0.0.1:8000.
// Run: npx isonet start examples/hot-inject/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "counter",
  servicePath: "./services/?.ts",
};
