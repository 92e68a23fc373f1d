// Start once: a host with its first service, as soon as it can be; then the end. Run by the
// scenario `start`.

import { startBenchHost } from "./bench-host.ts";

const host = await startBenchHost();
await host.spawn("echo");
process.stdout.write("ready\n");
await host.stop();
