// Command line: what a tool of ours that is no part of the host is told, and how it refuses.
// Tools of tests and benches, in a process of their own.
// Invariant: with --help it prints its usage and ends; what it does not know ends it with code 2.

import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>["values"];

/** How the tool of this name refuses: the process ends with code 2. */
export function refusal(name: string): (text: string) => never {
  return (text) => {
    process.stderr.write(`${name}: ${text}\n`);
    process.exit(2);
  };
}

/** The values of `options`; --help is one more. */
export function commandLine<T extends Options>(name: string, usage: string, options: T): Values<T> {
  try {
    const all = { ...options, help: { type: "boolean" } } as const;
    const { values } = parseArgs({ options: all });
    if (!("help" in values)) return values;
  } catch (error) {
    return refusal(name)(`${(error as Error).message}\n\n${usage}`);
  }
  process.stdout.write(`${usage}\n`);
  return process.exit(0);
}
