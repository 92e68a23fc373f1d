// Console link: a text connection to a host's console that gives each command's output to its
// asker.
// Main thread of the isonet command. Used by console-client.ts.
// Invariant: one command at a time; an output ends with the console's own ending line, never within
// the output.

import { connect, type Socket } from "node:net";
import { endings, greeting } from "../../services/host/console/print.ts";
import { LineReader } from "../net/line-reader.ts";
import { placeError, type ConsolePlace } from "./console-request.ts";

const lineBytesMax = 8 * 1024 * 1024; // the console cuts an output at a million characters

export type Outcome = "ok" | "error";

const lost = "the connection to the host is lost";

/** What a conversation shows for the operator to type behind: ":01000103>", "agent.ts(14)>". */
const promptPattern = /^(?:(?::[0-9a-f]{8}|[^\s()<>]+\(\d+\))>)+/;
const barePrompt = new RegExp(`${promptPattern.source}$`);

type Asked = {
  readonly onLine: (line: string) => void;
  readonly onPrompt: ((prompt: string) => void) | undefined;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: Error) => void;
};

export class ConsoleLink {
  readonly #place: ConsolePlace;
  #socket: Socket | undefined;
  #asked: Asked | undefined;
  #lossText = lost;

  constructor(place: ConsolePlace) {
    this.#place = place;
  }

  /** Connects, if it is not connected. Fails with ADDRESS_UNKNOWN when no console is there. */
  async open(): Promise<void> {
    if (this.#socket !== undefined) return;
    const { host, port } = this.#place;
    const socket = connect({ host, port });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stranger = (): void =>
      void socket.destroy(new Error("what listens there is no isonet console"));
    let isGreeted = false;
    const reader = new LineReader(lineBytesMax, {
      onLine: (line) => {
        if (isGreeted) this.#onLine(line);
        else if (line === greeting) resolve();
        else stranger();
        isGreeted = true;
      },
      onOverlong: stranger,
    });
    socket.on("data", (chunk) => {
      reader.push(chunk);
      const { onPrompt } = this.#asked ?? {};
      const prompt = onPrompt && reader.takeRest(barePrompt);
      if (prompt !== undefined) onPrompt?.(prompt);
    });
    socket.on("error", (error) => reject(placeError(this.#place, error)));
    socket.on("close", () => {
      this.#onClose(socket);
      reject(placeError(this.#place, new Error("the connection was closed")));
    });
    socket.write("\n"); // who speaks first is not waited for: a browser would be
    await promise;
    this.#lossText = lost;
    this.#socket = socket;
  }

  /**
   * Runs a command line; `onLine` gets its output as it comes, `onPrompt` what a conversation shows
   * without a line end. Fails when the connection is lost.
   */
  async ask(
    line: string,
    onLine: (line: string) => void,
    onPrompt?: (prompt: string) => void,
  ): Promise<Outcome> {
    await this.open();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#asked = { onLine, onPrompt, settle: resolve, fail: reject };
    this.#socket?.write(`${line}\n`);
    return promise;
  }

  /** Says a line more to the command that runs: debug is a conversation. */
  say(line: string): void {
    this.#socket?.write(`${line}\n`);
  }

  /** Hangs up; a command that runs on the host goes on there, and its asker fails with `why`. */
  close(why = this.#lossText): void {
    this.#lossText = why;
    this.#socket?.destroy();
  }

  #onLine(whole: string): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    const { onPrompt } = asked;
    const prompt = onPrompt && promptPattern.exec(whole)?.[0];
    if (prompt !== undefined) onPrompt?.(prompt);
    const line = whole.slice(prompt?.length ?? 0);
    if (line !== endings.ok && line !== endings.error) {
      asked.onLine(line);
      return;
    }
    this.#asked = undefined;
    asked.settle(line === endings.ok ? "ok" : "error");
  }

  #onClose(socket: Socket): void {
    if (this.#socket === socket) this.#socket = undefined;
    this.#asked?.fail(new Error(this.#lossText));
    this.#asked = undefined;
  }
}
