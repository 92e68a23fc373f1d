// The check command: says what is wrong with a configuration, or what a host would run with.
// Main thread. Hung into the program by main.ts.
// Invariant: nothing is started, opened or written.

import {
  readConfiguration,
  takesConfiguration,
  type ConfigurationArguments,
} from "./configuration.ts";
import type { Program } from "./program.ts";

export function registerCheck(program: Program): void {
  const command = program
    .command("check")
    .summary("check a configuration and print every option as it would be used")
    .description(
      "Checks a configuration and finds the service it starts, without starting it. Prints every " +
        "option as it would be used, as JSON, and the file of the first service. " +
        "Exit code 0: valid, 2: not valid.",
    );
  takesConfiguration(command).action(check);
}

async function check(config: string | undefined, given: ConfigurationArguments): Promise<void> {
  const { file, startFile, resolved } = await readConfiguration(config, given);
  const shown = { configuration: file, startFile, ...resolved };
  process.stdout.write(`${JSON.stringify(shown, nullForUndefined, 2)}\n`);
}

/** So that an option that is not set shows as one. */
function nullForUndefined(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
