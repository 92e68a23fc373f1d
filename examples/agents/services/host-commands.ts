// Host commands: what the host's side of the example, in host/, does for the services.
// Types only: implemented by host/gate.ts and host/script-folder.ts, called by watchdog.ts and
// agent.ts.

import type { Address } from "isonet";

/**
 * Host service ".gate": the players' connections, by number. Only a connection's own agent and the
 * watchdog may use it.
 */
export type GateCommands = {
  /** Writes to the player: one line, or several. */
  write(fd: number, text: string): void;
  /** Writes, then ends the connection when that has gone out. */
  end(fd: number, text: string): void;
  /**
   * Holds the player's input, has the agent released and `successor` take over, and goes on with
   * that one.
   * Fails with CONNECTION_GONE, and as the two agents do; then the connection stays with its agent.
   */
  handOver(fd: number, successor: Address): void;
};

/** Host service ".scripts": the folder examples/agents/scripts. */
export type ScriptFolderCommands = {
  names(): readonly string[];
  /** Fails with SCRIPT_UNKNOWN. Read from the file each time: an edit counts at once. */
  text(name: string): string;
};
