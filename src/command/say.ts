// Say: what the command tells the person who started it, on standard error; standard output is for
// results and log lines.
// Main thread. Used by main.ts and the commands.
// Invariant: a standard error that nobody reads is no reason to fail.

import { writeSync } from "node:fs";

const stderrFd = 2;

/** Writes one line, or several. */
export function say(text: string): void {
  try {
    writeSync(stderrFd, `${text}\n`);
  } catch {
    // closed, or full and not blocking: there is no other place to tell it
  }
}
