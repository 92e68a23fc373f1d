// The start command: runs a host from its configuration until a signal ends it.
// Main thread. Hung into the program by main.ts.
// Invariant: nothing of the host is loaded before the machine has passed the self-test.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CodedError } from "../../wire/coded-error.ts";
import { selfTest } from "../engine/self-test.ts";
import {
  readConfiguration,
  takesConfiguration,
  type Configuration,
  type ConfigurationArguments,
} from "./configuration.ts";
import type { Host } from "../host.ts";
import { Ending } from "./ending.ts";
import { say } from "./say.ts";
import { packageVersion, type Program } from "./program.ts";

const bundleFile = fileURLToPath(new URL("../../build/sandbox.js", import.meta.url));

const about = `Runs a host. Without a configuration it runs the example world of examples/agents.

SIGINT and SIGTERM stop it within five seconds, a second one ends it at once. SIGHUP opens log.file
anew, for logrotate; without a log.file it stops the host, as a closed terminal should.

Exit codes: 0 stopped, 1 fault, 2 the configuration or the installation is not in order.`;

export function registerStart(program: Program): void {
  const command = program
    .command("start")
    .summary("run a host; without a configuration, the example world")
    .description(about);
  takesConfiguration(command).action(start);
}

async function start(config: string | undefined, given: ConfigurationArguments): Promise<void> {
  const configuration = await readConfiguration(config, given);
  await checkInstallation();
  const { resolved } = configuration;
  const ending = new Ending({ isLogFile: resolved.log.file !== undefined });
  const { listeners } = await ending.guard(startHost(configuration));
  const places = listeners.map(({ what, host, port }) => `${what} ${host}:${port}`);
  say(`isonet ${packageVersion()} runs: ${places.join(", ") || "nothing listens"}`);
  for (const { hint } of listeners) if (hint !== undefined) say(`isonet: ${hint}`);
  if (resolved.start === undefined) {
    say("isonet: no first service (option start): launch services on the console");
  }
}

/** A host with what its configuration's modules have opened. */
async function startHost({ options, directory, onStart }: Configuration): Promise<Host> {
  const { Host } = await import("../host.ts");
  const host = await Host.start(options, directory);
  try {
    for (const hook of onStart) {
      const onStop = await hook(host);
      if (typeof onStop === "function") host.onStop(onStop);
    }
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

async function checkInstallation(): Promise<void> {
  if (!existsSync(bundleFile)) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      `the guest runtime is not built (${bundleFile} is missing); run: npm run build:sandbox`,
    );
  }
  await selfTest();
}
