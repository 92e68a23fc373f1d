// Line client: a test's own `nc`: a TCP connection that speaks lines.
// Test processes only.

import { createConnection, type Socket } from "node:net";
import { Transcript } from "./transcript.ts";

export class LineClient {
  readonly #socket: Socket;
  readonly #transcript: Transcript;
  readonly #closed = Promise.withResolvers<void>();

  constructor(who: string, port: number) {
    this.#transcript = new Transcript(who);
    this.#socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text: string) => this.#transcript.add(text));
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.on("close", () => {
      this.#transcript.end();
      this.#closed.resolve();
    });
  }

  /** Settles when the other side has ended the connection, or `destroy` has. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get text(): string {
    return this.#transcript.text;
  }

  send(...lines: readonly string[]): void {
    this.#socket.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** The next match in what the other side says. */
  saw(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#transcript.saw(pattern);
  }

  /** Says no more, but still listens. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
