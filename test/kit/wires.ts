// Wires: clients of login and message servers, byte by byte: what is said is what is sent.
// Test processes only.
// Invariant: what has come is given once, in its order; a wait ends when the connection does.

import { connect, type Socket } from "node:net";
import { prefixFrame, PrefixedReader } from "../../src/net/prefixed-frames.ts";

/** A connection. */
class Wire {
  readonly socket: Socket;
  isClosed = false;
  readonly #came: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {});
    this.socket.on("data", () => this.#wake());
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const came of this.#came.splice(0)) came();
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise<void>((resolve) => void this.#came.push(resolve));
  }
}

/** One of lines. */
export class LineWire extends Wire {
  #text = "";

  constructor(port: number) {
    super(port);
    this.socket.prependListener("data", (chunk) => (this.#text += chunk.toString("latin1")));
  }

  /** The next line; undefined: closed without one. */
  async line(): Promise<string | undefined> {
    await this.until(() => this.#text.includes("\n") || this.isClosed);
    const end = this.#text.indexOf("\n");
    if (end < 0) return undefined;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  say(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** In pieces that leave one after another. */
  async saySplit(text: string, cuts: readonly number[]): Promise<void> {
    const places = [...cuts.map((cut) => cut % text.length), 0, text.length];
    const sorted = places.toSorted((a, b) => a - b);
    for (const [index, end] of sorted.entries()) {
      const piece = text.slice(sorted[index - 1] ?? 0, end);
      if (piece !== "") await new Promise((resolve) => this.socket.write(piece, resolve));
    }
  }
}

/** One of frames with a length of two bytes, and of requests in them. */
export class FrameWire extends Wire {
  readonly frames: string[] = [];

  constructor(port: number) {
    super(port);
    const reader = new PrefixedReader((body) => {
      this.frames.push(Buffer.from(body).toString("latin1"));
    });
    this.socket.prependListener("data", (chunk) => reader.push(chunk));
  }

  say(body: string | Uint8Array): void {
    this.socket.write(prefixFrame(Buffer.from(body)));
  }

  async next(): Promise<string | undefined> {
    await this.until(() => this.frames.length > 0 || this.isClosed);
    return this.frames.shift();
  }

  async request(session: number, content: string): Promise<string | undefined> {
    this.say(requestOf(session, content));
    return this.next();
  }
}

/** Content and session. */
export function requestOf(session: number, content: string): Buffer {
  const body = Buffer.alloc(content.length + 4);
  body.write(content, "latin1");
  body.writeUInt32BE(session, content.length);
  return body;
}

/** Content, outcome and session, as text of bytes. */
export function answer(content: string, session: number, ok = 1): string {
  const body = Buffer.alloc(content.length + 5);
  body.write(content, "latin1");
  body[content.length] = ok;
  body.writeUInt32BE(session, content.length + 1);
  return body.toString("latin1");
}
