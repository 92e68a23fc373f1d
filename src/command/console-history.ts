// Console history: the lines an operator typed, kept from one session to the next.
// Main thread of the isonet command. Used by console-client.ts.
// Invariant: only its owner can read the file; a history that cannot be kept is no reason to fail.

import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

export const historyLinesMax = 1000;
const ownerOnly = 0o600;

/** `$XDG_STATE_HOME/isonet/console-history`, which is under ~/.local/state unless it is set. */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string {
  const state = env["XDG_STATE_HOME"];
  const isSet = state !== undefined && path.isAbsolute(state);
  const folder = isSet ? state : path.join(homedir(), ".local", "state");
  return path.join(folder, "isonet", "console-history");
}

export class ConsoleHistory {
  readonly #file: string;
  #last: string | undefined;
  #isKept = true;

  constructor(file: string) {
    this.#file = file;
  }

  /** Lines of earlier sessions, oldest first; cuts a file that has grown too long. */
  load(): string[] {
    let lines: string[] = [];
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, "", { mode: ownerOnly });
      chmodSync(this.#file, ownerOnly);
      lines = readFileSync(this.#file, "utf8")
        .split("\n")
        .filter((line) => line !== "");
      if (lines.length > historyLinesMax) {
        lines = lines.slice(-historyLinesMax);
        writeFileSync(this.#file, `${lines.join("\n")}\n`, { mode: ownerOnly });
      }
    } catch {
      this.#isKept = false;
    }
    this.#last = lines.at(-1);
    return lines;
  }

  /** Keeps a line, unless it is the one before or begins with a space. */
  add(line: string): void {
    if (!this.#isKept || line.trim() === "" || line.startsWith(" ") || line === this.#last) return;
    this.#last = line;
    try {
      appendFileSync(this.#file, `${line}\n`, { mode: ownerOnly });
    } catch {
      this.#isKept = false;
    }
  }
}
