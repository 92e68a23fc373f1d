// Watchdog, gate and agents: a service for every client, behind one port.
// Run: npx isonet start examples/watchdog/config.ts [--set env.port=0]

import type { HostOptions } from "isonet/host";

export const config: HostOptions = {
  start: "main",
  servicePath: "./services/?.ts",
  // The agents are small, and in each of them is nothing but one client.
  memoryMb: 16,
  env: {
    port: 8891,
    // Ticks of 10 ms between two heartbeats.
    heartbeatTicks: 500,
  },
};
