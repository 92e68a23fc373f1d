// Console place: where the console of the host in question listens, from the command line.
// Main thread of the isonet command. Used by console.ts and console-commands.ts.
// Invariant: a port is a number that can be connected to, or the command line is refused.

import { CodedError } from "../../wire/coded-error.ts";
import type { ConsolePlace } from "./console-request.ts";
import type { Program } from "./program.ts";

export type PlaceArguments = { readonly host: string; readonly port: string };

export function takesPlace(command: Program): Program {
  return command
    .option("--host <host>", "address of the host's console", "127.0.0.1")
    .option("--port <port>", "port of the host's console", "8000");
}

/** Fails with CONFIG_INVALID. */
export function consolePlace({ host, port }: PlaceArguments): ConsolePlace {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number >= 1 && number <= 65_535) return { host, port: number };
  throw new CodedError(
    "CONFIG_INVALID",
    `--port is ${JSON.stringify(port)}: it must be 1 to 65535`,
  );
}
