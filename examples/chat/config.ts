// Chat rooms over WebSocket and over TCP lines: every user is a service in an isolate of its own.
// Run: npx isonet start examples/chat/config.ts
// Ports: --set env.pagePort=… and env.linePort=…; 0 for any free one.

import type { HostOptions } from "isonet/host";

export { openDoors as onStart } from "./host/open-doors.ts";

export const config: HostOptions = {
  start: "door",
  servicePath: "./services/?.ts",
  env: { pagePort: 8080, linePort: 8089 },
};
