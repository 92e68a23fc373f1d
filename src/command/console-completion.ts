// Console completion: what Tab offers: commands, then the addresses and names that live on the
// host.
// Main thread of the isonet command. Used by console-client.ts.
// Invariant: it never fails and never waits longer than withinMs: a host that is busy just offers
// nothing.

import { readdirSync } from "node:fs";
import path from "node:path";
import { askConsole, type ConsoleCommand, type ConsolePlace } from "./console-request.ts";

/** Candidates, and the part of the line they stand for. */
export type Completion = [string[], string];

type Help = Readonly<Record<string, { readonly usage: string }>>;

/** Asks the host for a command's result; undefined when it does not tell. */
export type Asker = (command: string) => Promise<unknown>;

const withinMs = 1000;
const freshMs = 2000;
const candidatesMax = 200;
const localCommands = ["quit"];

export class ConsoleCompletion {
  readonly #ask: Asker;
  readonly #cwd: string;
  #help: Help | undefined;
  #targets: { readonly atMs: number; readonly values: string[] } | undefined;

  constructor(ask: Asker, cwd = process.cwd()) {
    this.#ask = ask;
    this.#cwd = cwd;
  }

  async complete(line: string): Promise<Completion> {
    const words = line.trimStart().split(/\s+/);
    const word = words.at(-1) ?? "";
    const help = await this.#commands();
    if (words.length === 1) return offered([...Object.keys(help), ...localCommands], word);
    const usage = help[words[0] ?? ""]?.usage.split(" ") ?? [];
    const argument = (usage[words.length - 2] ?? "").replaceAll(/[[\]]/g, "");
    if (argument === "address") return offered(await this.#addresses(), word);
    if (argument === "file") return offered(this.#files(word), word);
    const choices = argument.includes("|") ? argument.split("|") : [];
    return offered(choices, word);
  }

  async #commands(): Promise<Help> {
    this.#help ??= (await this.#ask("help")) as Help | undefined;
    return this.#help ?? {};
  }

  async #addresses(): Promise<string[]> {
    const now = performance.now();
    if (this.#targets !== undefined && now - this.#targets.atMs < freshMs)
      return this.#targets.values;
    const [list, names] = await Promise.all([this.#ask("list"), this.#ask("names")]);
    const values = [
      ...Object.keys(list ?? {}),
      ...Object.keys(names ?? {}).filter((name) => name.startsWith(".")),
    ];
    this.#targets = { atMs: now, values };
    return values;
  }

  /** Entries of the folder the word points into; a folder ends with a slash. */
  #files(word: string): string[] {
    const folder = word.slice(0, word.lastIndexOf("/") + 1);
    try {
      const entries = readdirSync(path.resolve(this.#cwd, folder), { withFileTypes: true });
      return entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`);
    } catch {
      return [];
    }
  }
}

function offered(values: readonly string[], word: string): Completion {
  const matching = values.filter((value) => value.startsWith(word));
  const [only] = matching;
  // What is complete is followed by a space, a folder by its entries.
  if (matching.length === 1 && only !== undefined && !only.endsWith("/"))
    return [[`${only} `], word];
  return [matching.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, candidatesMax), word];
}

/** Asks the console over HTTP, beside the connection the commands run on. */
export function hostAsker(place: ConsolePlace): Asker {
  return async (name) => {
    const command: ConsoleCommand = { command: name };
    const answer = await askConsole(place, command, { withinMs }).catch(() => undefined);
    return answer?.ok === true ? answer.result : undefined;
  };
}
