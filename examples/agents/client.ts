// Client: a program's side of the gate, and the protocol's description. It needs nothing of isonet.
// A text in UTF-8 stands behind its length in two bytes, big-endian, in both directions: commands
// go there, what the player is told comes back.

import { createConnection, type Socket } from "node:net";

export type PlayerClientOptions = {
  readonly port: number;
  readonly host?: string;
  /** What the world, the agent or its script says to the player: one line, or several. */
  readonly onText: (text: string) => void;
  readonly onClose?: () => void;
};

const lengthBytes = 2;
const textBytesMax = 0xffff;

export class PlayerClient {
  readonly #socket: Socket;
  readonly #onText: (text: string) => void;
  /** What has come of a text whose rest is on its way. */
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, onText: (text: string) => void) {
    this.#socket = socket;
    this.#onText = onText;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  /** Resolves when the connection is there; the welcome comes as the first text. */
  static connect(options: PlayerClientOptions): Promise<PlayerClient> {
    const { port, host = "127.0.0.1", onText, onClose = () => {} } = options;
    const { promise, resolve, reject } = Promise.withResolvers<PlayerClient>();
    const socket = createConnection({ host, port, noDelay: true });
    const client = new PlayerClient(socket, onText);
    socket.on("connect", () => resolve(client));
    socket.on("error", reject);
    socket.on("close", onClose);
    return promise;
  }

  /** A command of the world, such as "say hello", or whatever the script understands. */
  command(text: string): void {
    const body = Buffer.from(text);
    if (body.length > textBytesMax) {
      throw new RangeError(`a text of ${body.length} bytes; at most ${textBytesMax} fit`);
    }
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt16BE(body.length);
    this.#socket.write(Buffer.concat([length, body]));
  }

  /** Has the agent run this script from now on. */
  upload(source: string): void {
    this.command(`upload\n${source}`);
  }

  /** Says no more; the connection ends when everything is answered. */
  end(): void {
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= lengthBytes) {
      const end = lengthBytes + bytes.readUInt16BE();
      if (bytes.length < end) break;
      this.#onText(bytes.toString("utf8", lengthBytes, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}
