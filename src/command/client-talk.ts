// Client talk: lines that a person types or a pipe holds, and what is printed meanwhile.
// Main thread of the isonet command. Used by client-gate.ts and client-message.ts.
// Invariant: what is printed on a terminal stands above the line that is being typed; a pipe's
// reader that is slow is waited for.

import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { safeText } from "../../services/host/console/safe-text.ts";
import { say } from "./say.ts";

export type TalkStreams = {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
};

const clearLine = "\r\u001B[K";

export class ClientTalk {
  readonly isTerminal: boolean;
  readonly #output: Writable;
  readonly #editor: Interface;
  readonly #onSignal: () => void;
  #hasEnded = false;
  /** Ctrl-D closes it as well. */
  #isEditorOpen = true;

  /** `onInterrupt`: Ctrl-C, or the signal. */
  constructor({ input, output }: TalkStreams, prompt: string, onInterrupt: () => void) {
    this.#output = output;
    this.isTerminal = input.isTTY === true && output.isTTY === true;
    this.#editor = createInterface(
      this.isTerminal ? { input, output, prompt } : { input, crlfDelay: Infinity },
    );
    this.#onSignal = onInterrupt;
    this.#editor.on("SIGINT", onInterrupt);
    this.#editor.on("close", () => {
      this.#isEditorOpen = false;
    });
    process.on("SIGINT", onInterrupt);
  }

  /** True when the input has ended, or the talk: there may be lines that were not taken yet. */
  get hasInputEnded(): boolean {
    return !this.#isEditorOpen;
  }

  /** Each line, until the input or the talk ends. */
  async *lines(): AsyncGenerator<string> {
    if (this.isTerminal) this.#editor.prompt();
    for await (const line of this.#editor) {
      yield line;
      if (this.#isTyping) this.#editor.prompt();
    }
  }

  async print(line: string): Promise<void> {
    this.#above(() => void this.#output.write(`${line}\n`));
    if (this.#output.writableNeedDrain) await once(this.#output, "drain");
  }

  /** Tells the person, not the reader of the output. */
  note(text: string): void {
    this.#above(() => say(safeText(`isonet: ${text}`)));
  }

  /** Takes the line that is being typed away meanwhile. */
  #above(show: () => void): void {
    if (this.#isTyping) this.#output.write(clearLine);
    show();
    if (this.#isTyping) this.#editor.prompt(true);
  }

  /** What is shown may have ended the talk. */
  get #isTyping(): boolean {
    return this.isTerminal && this.#isEditorOpen;
  }

  /** Takes no more input. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    process.off("SIGINT", this.#onSignal);
    if (this.isTerminal) this.#output.write("\n");
    this.#editor.close();
  }
}
