// Player command: one word that a player can type. Inside an agent.
// Made by world-words.ts and script-words.ts, run by player-commands.ts.

import type { ServiceHandle } from "isonet";
import type { GateCommands } from "./host-commands.ts";
import type { AgentMe } from "./me.ts";
import type { ScriptRunner } from "./script-runner.ts";
import type { WorldCommands } from "./world.ts";

export type PlayerCommand = {
  readonly usage: string;
  readonly about: string;
  /**
   * `rest` is what follows the word in its line, `body` what follows the line. What it throws is
   * told the player.
   */
  readonly run: (words: readonly string[], rest: string, body: string) => void | Promise<void>;
};

/** What the commands of an agent work with. */
export type PlayerParts = {
  readonly world: ServiceHandle<WorldCommands>;
  readonly gate: ServiceHandle<GateCommands>;
  readonly me: AgentMe;
  readonly runner: ScriptRunner;
  readonly tell: (text: string) => void;
  /** The player's connection. */
  readonly fd: () => number;
  readonly scriptName: () => string;
};
