// A small database on a TCP port: one service has the data, another one the connections.
// Run: npx isonet start examples/simpledb/config.ts [--set env.port=0]

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "front",
  servicePath: "./services/?.ts",
  console: false,
  env: { port: 8890 },
};
