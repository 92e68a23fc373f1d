// Script words: how a player chooses the script of the agent, or brings one.
// Inside an agent. Used by player-commands.ts; the watchdog does the work.

import { fork, service, type CodedError } from "isonet";
import type { ScriptFolderCommands } from "./host-commands.ts";
import type { PlayerCommand, PlayerParts } from "./player-command.ts";
import type { WatchdogCommands } from "./watchdog.ts";

const watchdog = service<WatchdogCommands>(".watchdog");
const scripts = service<ScriptFolderCommands>(".scripts");

export function scriptWords(parts: PlayerParts): Record<string, PlayerCommand> {
  return {
    scripts: {
      usage: "scripts",
      about: "the scripts that are there to choose from",
      run: async () => {
        const names = await scripts.call.names();
        parts.tell(`scripts: ${names.join(", ")}; yours: ${parts.scriptName()}`);
      },
    },
    script: {
      usage: "script NAME",
      about: "have your agent run it, from now on",
      run: ([name]) => {
        if (name === undefined) throw new Error("which script? scripts lists them");
        replace(parts, { name });
      },
    },
    upload: {
      usage: "upload",
      about: "have it run a script of your own: its lines, then a line with a dot",
      run: (_words, _rest, body) => replace(parts, { name: "of your own", source: body }),
    },
  };
}

/** In a thread of its own: lines that come meanwhile are handled. */
function replace(
  { tell, scriptName }: PlayerParts,
  script: { readonly name: string; readonly source?: string },
): void {
  fork(async () => {
    try {
      await watchdog.call.replace(script);
    } catch (error) {
      const { code, message } = error as CodedError;
      if (code === "SERVICE_EXITED") return; // the successor is there
      tell(`${message}\nscript ${scriptName()} goes on`);
    }
  });
}
