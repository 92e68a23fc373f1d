// Console client: `isonet console`: reads commands from a terminal or a pipe and shows what the
// host prints.
// Main thread of the isonet command. Started by console.ts.
// Invariant: commands run in the order they were typed, one at a time; a lost connection is opened
// for the next one.

import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import { endings } from "../../services/host/console/print.ts";
import { ConsoleCompletion, hostAsker, type Completion } from "./console-completion.ts";
import { ConsoleHistory, historyFile, historyLinesMax } from "./console-history.ts";
import { ConsoleLink, type Outcome } from "./console-link.ts";
import type { ConsolePlace } from "./console-request.ts";
import { exitCodes } from "./exit-codes.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";

/** Commands that go on with the lines behind them. */
const talkPattern = /^\s*debug\s/;
const leaving = new Set(["quit", "q"]);

export type ClientStreams = {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
};

/** Runs until the input ends; resolves with the exit code. */
export async function runConsole(
  place: ConsolePlace,
  streams: ClientStreams = { input: process.stdin, output: results() },
): Promise<number> {
  const link = new ConsoleLink(place);
  try {
    await link.open();
    const isTerminal = streams.input.isTTY === true && streams.output.isTTY === true;
    return isTerminal ? await talk(place, link, streams) : await pipe(link, streams);
  } catch (error) {
    say(`isonet: ${(error as Error).message}`);
    return exitCodes.configuration;
  } finally {
    link.close();
  }
}

/** Without a terminal: the host's own text, endings included. */
async function pipe(link: ConsoleLink, { input, output }: ClientStreams): Promise<number> {
  let code: number = exitCodes.done;
  let talking: Promise<Outcome> | undefined;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (talking !== undefined) link.say(line);
    if (talking !== undefined && line.trim() !== "cont") continue;
    if (talking === undefined && leaving.has(line.trim())) break;
    if (line.trim() === "") continue;
    const isTalk = talking === undefined && talkPattern.test(line);
    const show = (text: string): void => void output.write(`${text}\n`);
    const prompt = (text: string): void => void output.write(text);
    const asked = talking ?? link.ask(withLocalFile(line), show, isTalk ? prompt : undefined);
    talking = isTalk ? asked : undefined;
    if (isTalk) continue;
    const outcome = await asked;
    output.write(`${endings[outcome]}\n`);
    if (output.writableNeedDrain) await once(output, "drain");
    if (outcome === "error") code = exitCodes.fault;
  }
  return code;
}

/**
 * On a terminal: prompt, history, completion; an error is shown in red instead of by its ending.
 */
async function talk(
  place: ConsolePlace,
  link: ConsoleLink,
  { input, output }: ClientStreams,
): Promise<number> {
  const history = new ConsoleHistory(historyFile());
  const completion = new ConsoleCompletion(hostAsker(place));
  const editor = createInterface({
    input,
    output,
    prompt: `${place.host}:${place.port}> `,
    history: history.load().toReversed(),
    historySize: historyLinesMax,
    removeHistoryDuplicates: true,
    completer: (line: string, done: Offer) => void offer(completion, line, done),
  });
  output.write("help lists the commands; Tab completes; quit or Ctrl-D leaves\n");
  await new Talk(link, editor, history, output).run();
  return exitCodes.done;
}

type Offer = (error: null, candidates: Completion) => void;

async function offer(completion: ConsoleCompletion, line: string, done: Offer): Promise<void> {
  done(null, await completion.complete(line));
}

class Talk {
  readonly #link: ConsoleLink;
  readonly #editor: Interface;
  readonly #history: ConsoleHistory;
  readonly #output: Writable;
  #isBusy = false;
  #isTalking = false;

  constructor(link: ConsoleLink, editor: Interface, ...rest: [ConsoleHistory, Writable]) {
    this.#link = link;
    this.#editor = editor;
    [this.#history, this.#output] = rest;
    editor.on("SIGINT", () => this.#interrupt());
  }

  async run(): Promise<void> {
    this.#editor.prompt();
    for await (const line of this.#editor) {
      if (!this.#isTalking && leaving.has(line.trim())) break;
      this.#history.add(line);
      if (this.#isTalking) {
        this.#link.say(line);
        continue;
      }
      if (talkPattern.test(line)) {
        void this.#talk(line);
        continue;
      }
      if (line.trim() !== "") await this.#run(line);
      this.#editor.prompt();
    }
    this.#editor.close();
    this.#output.write("\n");
  }

  /** Shows what the host says as it comes; lines that are typed meanwhile are for the command. */
  async #talk(line: string): Promise<void> {
    this.#isTalking = true;
    const own = this.#editor.getPrompt();
    const prompt = (text: string): void => {
      this.#editor.setPrompt(text);
      this.#editor.prompt();
    };
    try {
      await this.#link.ask(line, (text) => void this.#output.write(`${text}\n`), prompt);
    } catch (error) {
      this.#output.write(`${styleText("red", (error as Error).message)}\n`);
    }
    this.#isTalking = false;
    prompt(own);
  }

  async #run(line: string): Promise<void> {
    const lines: string[] = [];
    this.#isBusy = true;
    try {
      const outcome = await this.#link.ask(withLocalFile(line), (text) => lines.push(text));
      const text = lines.join("\n").trimEnd();
      if (text !== "") this.#output.write(`${outcome === "ok" ? text : styleText("red", text)}\n`);
    } catch (error) {
      this.#output.write(`${styleText("red", (error as Error).message)}\n`);
    }
    this.#isBusy = false;
  }

  /** Ctrl-C: gives up waiting, or the line; on an empty line it says how to leave. */
  #interrupt(): void {
    if (this.#isBusy || this.#isTalking) {
      this.#link.close("not waited for: the command may go on in the host");
    } else if (this.#editor.line === "") {
      this.#output.write("\nquit or Ctrl-D leaves\n");
      this.#editor.prompt();
    } else {
      this.#output.write("^C\n");
      this.#editor.write(null, { ctrl: true, name: "u" });
      this.#editor.write(null, { ctrl: true, name: "k" });
      this.#editor.prompt();
    }
  }
}

/** `inject` of a file that is here: the host, which reads it, may run in another folder. */
function withLocalFile(line: string): string {
  return line.replace(/^(\s*inject\s+\S+\s+)(\S+)/, (whole, before: string, file: string) =>
    existsSync(file) ? before + path.resolve(file) : whole,
  );
}
