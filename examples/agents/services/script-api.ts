// Script API: what a player's script exports, and all that it gets to see of the world.
// Types only: scripts import them with `import type`, agent.ts implements them.

/** An agent in sight. */
export type Other = {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Where it is, seen from here: 3 is three steps east, or south. */
  readonly dx: number;
  readonly dy: number;
};

export type Memory = string | number | boolean;

/** The script's own agent. The functions return false when a bound is reached; docs: README.md. */
export type Me = {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** One step, at most 3 cells in each direction. Two steps a tick. */
  move(dx: number, dy: number): boolean;
  /** Says something to everyone in sight. Two a tick, 200 characters. */
  say(text: string): boolean;
  /** Who was in sight at the last tick, the nearest first. */
  look(): readonly Other[];
  /** Writes to the script's own player only. Ten lines a tick. */
  tell(text: string): boolean;
  /** Keeps a value that the next script of this player finds. 64 keys, 1,000 characters each. */
  remember(key: string, value: Memory): boolean;
  recall(key: string): Memory | undefined;
};

/** What a script may export; each is optional. Ten ticks a second. */
export type Script = {
  onTick?(me: Me): void;
  /** `other` has come into sight. */
  onSee?(me: Me, other: Other): void;
  /** `who` has said something within earshot. */
  onSay?(me: Me, who: string, text: string): void;
  /**
   * A line of the player that is no command of the world. Return false when it means nothing to the
   * script.
   */
  onCommand?(me: Me, words: readonly string[]): boolean | void;
};
