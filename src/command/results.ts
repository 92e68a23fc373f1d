// Results: standard output, where commands write what was asked for.
// Main thread of the isonet command. Used by console-commands.ts and console-client.ts.
// Invariant: a reader that has had enough (| head) ends the command without a word.

import { exitCodes } from "./exit-codes.ts";

let isGuarded = false;

export function results(): NodeJS.WriteStream {
  if (!isGuarded) {
    isGuarded = true;
    process.stdout.on("error", () => process.exit(exitCodes.fault));
  }
  return process.stdout;
}
