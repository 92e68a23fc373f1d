// Host: a real host for one test, with services written in the test itself. Each test file is a
// process of its own,
// so a crash of V8 fails that file and nothing else.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Host } from "../../src/host.ts";
import type { HostOptions } from "../../src/options.ts";

export type TestHost = {
  readonly host: Host;
  readonly isonet: Host["isonet"];
  /** Directory of the services' files: more can be written there. */
  readonly directory: string;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Starts a host with one file for each entry: its name, and its source as TypeScript. */
export async function startHost(
  services: Readonly<Record<string, string>>,
  options: HostOptions = {},
): Promise<TestHost> {
  const directory = mkdtempSync(path.join(tmpdir(), "isonet-test-"));
  for (const [name, source] of Object.entries(services)) {
    const file = path.join(directory, `${name}.ts`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, source);
  }
  const host = await Host.start({
    shards: 2,
    warmIsolates: 1,
    console: false,
    log: { file: path.join(directory, "host.log"), level: "debug" },
    servicePath: path.join(directory, "?.ts"),
    ...options,
  });
  return {
    host,
    isonet: host.isonet,
    directory,
    [Symbol.asyncDispose]: async () => {
      await host.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
