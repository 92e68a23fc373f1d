// Client: a program's side of the gate. Copy it, or read it as the protocol's description:
// a text in UTF-8 behind its length in two bytes, big-endian; one command each way there, one
// answer each way back.

import { createConnection, type Socket } from "node:net";
import { PrefixedReader, prefixFrame } from "../../src/net/prefixed-frames.ts";

export type PlayerClientOptions = {
  readonly port: number;
  readonly host?: string;
  /** What the world, the agent or its script says to the player: one line, or several. */
  readonly onText: (text: string) => void;
  readonly onClose?: () => void;
};

export class PlayerClient {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when the connection is there; the welcome comes as the first text. */
  static connect(options: PlayerClientOptions): Promise<PlayerClient> {
    const { port, host = "127.0.0.1", onText, onClose = () => {} } = options;
    const { promise, resolve, reject } = Promise.withResolvers<PlayerClient>();
    const socket = createConnection({ host, port, noDelay: true });
    const reader = new PrefixedReader((body) => onText(Buffer.from(body).toString("utf8")));
    socket.on("connect", () => resolve(new PlayerClient(socket)));
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("error", reject);
    socket.on("close", onClose);
    return promise;
  }

  /** A command of the world, such as "say hello", or whatever the script understands. */
  command(text: string): void {
    this.#socket.write(prefixFrame(Buffer.from(text)));
  }

  /** Has the agent run this script from now on. Fails with MESSAGE_TOO_LARGE over 65,528 bytes. */
  upload(source: string): void {
    this.command(`upload\n${source}`);
  }

  /** Says no more; the connection ends when everything is answered. */
  end(): void {
    this.#socket.end();
  }
}
