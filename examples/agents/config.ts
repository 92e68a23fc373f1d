// The example world: every player who connects gets an agent in an isolate of its own, and scripts
// it.
// Run by `npm start`. Ports: --set env.gatePort=… and env.doorPort=…; 0 for any free one.

import type { HostOptions } from "isonet/host";

export { openGate as onStart } from "./host/gate.ts";

export const config: HostOptions = {
  start: "watchdog",
  servicePath: "./services/?.ts",
  // An agent: its runtime takes 3 MiB, the rest is the script's.
  untrustedMemoryMb: 32,
  // A script that does not return is interrupted after this; until then its cell waits for it.
  sliceMs: 50,
  // The first player does not wait for a process to start.
  warmCells: 1,
  env: { gatePort: 8888, doorPort: 8889 },
};
