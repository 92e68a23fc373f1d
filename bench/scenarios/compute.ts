// Compute: what a service's own code loses to the runtime around it: nothing is to be lost.

import { patient, startBenchHost } from "../bench-host.ts";
import { functionMs } from "../floor.ts";
import { median, timedMs, type Scenario } from "../scenario.ts";
import { primes } from "../services/primes.ts";

const limit = 20_000_000;

const compute: Scenario = {
  name: "compute",
  about: "a function that only computes, beside the same in a bare isolate",
  unit: "ms",
  target: { ratioAtMost: 1.05 },
  run: async () => {
    const floor = functionMs(primes, limit);
    const host = await startBenchHost({ shards: 1, turnMsMax: 0 });
    const service = await host.spawn("compute");
    const run = (): Promise<number> =>
      timedMs(() => host.isonet.call(patient(service), "lua", "primes", limit));
    await run();
    const value = await median(7, run);
    await host.stop();
    return { value, floor };
  },
};

export const computeScenarios: readonly Scenario[] = [compute];
