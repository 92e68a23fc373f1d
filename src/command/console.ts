// Console: the operator's commands of the isonet command: one-shot ones, and the line-editing
// client.
// Main thread of the isonet command. Hung into the program by main.ts.
// Invariant: nothing here starts a host; everything is asked of one that runs.

import { registerOneShots } from "./console-commands.ts";
import { consolePlace, takesPlace, type PlaceArguments } from "./console-place.ts";
import { registerTop } from "./top.ts";
import type { Program } from "./program.ts";

const about = `A console on a running host: type help for its commands, quit or Ctrl-D to leave.

Tab completes commands and addresses. Lines are kept for the next time, but for those that begin
with a space. Without a terminal the commands are read from standard input and their output is
written as the host sends it; the exit code is then 1 if a command failed.

Exit codes: 0 done, 1 a command failed (without a terminal), 2 no host there.`;

export function registerConsoleCommands(program: Program): void {
  takesPlace(
    program.command("console").summary("a console on a running host").description(about),
  ).action(async (options: PlaceArguments) => {
    const place = consolePlace(options);
    const { runConsole } = await import("./console-client.ts");
    process.exitCode = await runConsole(place);
  });
  registerOneShots(program);
  registerTop(program);
}
