// Bench host: a host with the bench's own services, quiet, without a console.

import { devNull } from "node:os";
import path from "node:path";
import type { Address } from "isonet";
import { Host } from "../src/host.ts";
import type { HostOptions } from "../src/options.ts";

export type BenchHost = {
  readonly host: Host;
  readonly isonet: Host["isonet"];
  /** Starts a service and gives its address. */
  spawn(name: string, near?: Address): Promise<Address>;
  stop(): Promise<void>;
};

const servicePath = [path.join(import.meta.dirname, "services/?.ts")];

export async function startBenchHost(options: HostOptions = {}): Promise<BenchHost> {
  const host = await Host.start({
    console: false,
    servicePath,
    log: { file: devNull, level: "error" },
    ...options,
  });
  const { isonet } = host;
  return {
    host,
    isonet,
    spawn: async (name, near) => {
      const address = await isonet.newService(near === undefined ? name : { name, near });
      if (address === undefined) throw new Error(`${name} exited while it was starting`);
      return address;
    },
    stop: async () => {
      await host.stop();
    },
  };
}

/** Calls that may take minutes. */
export function patient(to: Address): { to: Address; timeoutMs: number } {
  return { to, timeoutMs: 600_000 };
}
