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

type Asked = {
  readonly onLine: (line: string) => void;
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
    socket.on("data", (chunk) => reader.push(chunk));
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
   * Runs a command line; `onLine` gets its output as it comes. Fails when the connection is lost.
   */
  async ask(line: string, onLine: (line: string) => void): Promise<Outcome> {
    await this.open();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#asked = { onLine, settle: resolve, fail: reject };
    this.#socket?.write(`${line}\n`);
    return promise;
  }

  /** Hangs up; a command that runs on the host goes on there, and its asker fails with `why`. */
  close(why = this.#lossText): void {
    this.#lossText = why;
    this.#socket?.destroy();
  }

  #onLine(line: string): void {
    const asked = this.#asked;
    if (asked === undefined) return;
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
