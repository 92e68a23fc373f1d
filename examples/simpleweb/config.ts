// A web server whose requests are answered by twenty agents.
// Run: npx isonet start examples/simpleweb/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
  env: { webPort: 8001, webAgents: 20 },
};
