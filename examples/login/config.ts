// Login: a login server, a message server and an agent for each user, with Skynet's protocols.
// Run: npx isonet start examples/login/config.ts

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  console: false,
  env: { host: "127.0.0.1", loginPort: "8001", gatePort: "8888", maxclient: "1024" },
};
