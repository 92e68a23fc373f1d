// Insight: what it costs to look into a service.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { request } from "node:http";
import { patient, startBenchHost } from "../bench-host.ts";
import { timedMs, type Scenario } from "../scenario.ts";

const heapBytes = 10 * 1024 * 1024;

const heapDiff: Scenario = {
  name: "heapdiff-10mb",
  about: "two snapshots of a heap of 10 MB, 0.1 s apart, compared; beside one snapshot, written",
  unit: "ms",
  target: { atMost: 10_000 },
  run: async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "isonet-bench-"));
    const host = await startBenchHost({
      shards: 1,
      console: { host: "127.0.0.1", port: 0 },
      profileDirectory: directory,
    });
    const service = await host.spawn("hoarder");
    await host.isonet.call(patient(service), "lua", "fill", heapBytes);
    const port = host.host.listeners.find(({ what }) => what === "console")?.port ?? 0;
    const address = host.isonet.address(service);
    const floor = await timedMs(() => command(port, `heap ${address}`));
    const value = await timedMs(() => command(port, `heapdiff ${address} 0.1`));
    await host.stop();
    rmSync(directory, { recursive: true });
    return { value, floor };
  },
};

/** Fails when the console says no. */
function command(port: number, line: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { "content-type": "text/plain" };
  const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/", headers });
  sent.on("error", reject);
  sent.on("response", (response) => {
    response.resume().on("end", () => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${line}: HTTP status ${response.statusCode}`));
    });
  });
  sent.end(line);
  return promise;
}

export const insightScenarios: readonly Scenario[] = [heapDiff];
