// Program: the command line's frame, with name, version and the way it ends. The only importer of
// commander.
// Main thread. Made by main.ts; the commands hang themselves into it.
// Invariant: a command line that is not understood ends with exit code 2, and says what would be.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { exitCodes } from "./exit-codes.ts";

/** A command line, or one command of it. */
export type Program = Command;

const about = `An actor host: every service runs in a V8 isolate of its own, with its own limits.

  isonet start                 run the example world; the first thing to try
  isonet start config.json     run your own services
  isonet check config.json     say what is wrong with a configuration, without starting

A service is an ES module in JavaScript or TypeScript that imports "isonet".`;

export function createProgram(): Program {
  const program = new Command("isonet");
  program
    .description(about)
    .version(packageVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help; also of one command: isonet start --help")
    .helpCommand(false)
    .showHelpAfterError("(isonet --help lists the commands)")
    .configureHelp({ helpWidth: 104 })
    .exitOverride(({ exitCode }) => {
      process.exit(exitCode === 0 ? exitCodes.done : exitCodes.configuration);
    });
  return program;
}

export function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
