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
  type ConfigurationArguments,
} from "./configuration.ts";
import { Ending, type EndingHost } from "./ending.ts";
import { say } from "./say.ts";
import { packageVersion, type Program } from "./program.ts";

/** What the command needs of a host. */
type RunningHost = EndingHost & {
  /** Where the console and the services' gates listen. */
  readonly listeners: readonly {
    readonly what: string;
    readonly host: string;
    readonly port: number;
  }[];
};

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
  const { options, directory, resolved } = await readConfiguration(config, given);
  await checkInstallation();
  const { Host } = await import("../host.ts");
  const ending = new Ending({ isLogFile: resolved.log.file !== undefined });
  const host: RunningHost = await ending.guard(Host.start(options, directory));
  const places = host.listeners.map(({ what, host: at, port }) => `${what} ${at}:${port}`);
  say(`isonet ${packageVersion()} runs: ${places.join(", ") || "nothing listens"}`);
  if (resolved.start === undefined) {
    say("isonet: no first service (option start): launch services on the console");
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
