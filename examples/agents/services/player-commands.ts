// Player commands: finds the command in a player's line and answers what comes of it.
// Inside an agent; agent.ts hands it each line, in order.
// Invariant: every line is answered: done, refused with what is allowed, or left to the script.

import type { PlayerCommand, PlayerParts } from "./player-command.ts";
import { scriptWords } from "./script-words.ts";
import { worldWords } from "./world-words.ts";

const shownMax = 40;

export class PlayerCommands {
  readonly #parts: PlayerParts;
  readonly #commands: ReadonlyMap<string, PlayerCommand>;

  constructor(parts: PlayerParts) {
    const { tell, gate, fd } = parts;
    this.#parts = parts;
    const own: Record<string, PlayerCommand> = {
      help: { usage: "help", about: "this list", run: () => tell(this.#help()) },
      ...worldWords(parts),
      ...scriptWords(parts),
      quit: { usage: "quit", about: "leave", run: () => gate.send.end(fd(), "good bye") },
    };
    this.#commands = new Map(Object.entries(own));
  }

  /** One line, until it is answered; what an upload brings stands behind it. */
  async line(text: string): Promise<void> {
    const end = text.indexOf("\n");
    const line = (end < 0 ? text : text.slice(0, end)).trim();
    const body = end < 0 ? "" : text.slice(end + 1);
    const [word = "", ...words] = line.split(/\s+/);
    if (word === "") return;
    const command = this.#commands.get(word);
    if (command === undefined) this.#toScript([word, ...words]);
    else await this.#run(() => command.run(words, line.slice(word.length).trim(), body));
  }

  async #run(run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#parts.tell((error as Error).message);
    }
  }

  #toScript(words: readonly string[]): void {
    const { runner, me, tell } = this.#parts;
    const isAnswered =
      runner.has("onCommand") && runner.call("onCommand", me.forScript, words) !== false;
    if (isAnswered) return;
    const word = words[0]?.slice(0, shownMax);
    tell(`no command "${word}", and your script has no answer to it; try help`);
  }

  #help(): string {
    const lines = [...this.#commands.values()].map(
      ({ usage, about }) => `  ${usage.padEnd(12)} ${about}`,
    );
    return `${lines.join("\n")}\n  anything else goes to your script`;
  }
}
