// Explorers: every player who connects gets a script of their own, which leaks memory on purpose.
// Run: npx isonet start examples/explorers/config.ts

import type { HostOptions } from "isonet/host";

export { openDoor as onStart } from "./host/door.ts";

export const config: HostOptions = {
  servicePath: "./services/?.ts",
  untrustedMemoryMb: 32,
  // The first player does not wait for a process to start.
  warmCells: 1,
  env: { doorPort: "8891" },
};
