// A store of texts, spoken to by services in calls and by programs in lines over TCP.
// Run: npx isonet start examples/simpledb/config.ts
// Port: --set env.port=…; 0 for any free one.

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
  env: { port: 8890 },
};
