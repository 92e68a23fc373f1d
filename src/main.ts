// Main: the `isonet` command line. Started by bin/isonet.mjs under Node 24.
// Main thread. Hands over to one file of command/ for each command.
// Invariant: every failure ends here, as one paragraph on standard error and an exit code.

import { registerCheck } from "./command/check.ts";
import { registerClient } from "./command/client.ts";
import { registerConsoleCommands } from "./command/console.ts";
import { exitCodeOf, failureText } from "./command/exit-codes.ts";
import { createProgram } from "./command/program.ts";
import { registerReplay } from "./command/replay.ts";
import { say } from "./command/say.ts";
import { registerStart } from "./command/start.ts";

const program = createProgram();
registerStart(program);
registerCheck(program);
registerReplay(program);
registerClient(program);
registerConsoleCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  say(failureText(error));
  process.exit(exitCodeOf(error));
}
