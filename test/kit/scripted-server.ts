// Scripted server: a TCP server whose side of each conversation is written out in the test, byte by
// byte.
// Test processes only. Knows nothing of client/: lengths and lines are cut by hand here.
// Invariant: a script that fails fails the test that awaits `done`; nothing is left open after
// `close`.

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";

export type Script = (peer: ScriptedPeer) => Promise<void> | void;

/** The server's side of one connection. */
export class ScriptedPeer {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #hasEnded = false;
  #look: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {}); // "close" follows
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#look();
    });
    socket.on("close", () => {
      this.#hasEnded = true;
      this.#look();
    });
  }

  /** Resolves when the client has ended the connection. */
  async ended(): Promise<void> {
    while (!this.#hasEnded) await this.#more();
  }

  /** The next `count` bytes. */
  async read(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#hasEnded) throw new Error(`ended within ${count} bytes`);
      await this.#more();
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async line(): Promise<string> {
    const bytes: number[] = [];
    for (;;) {
      const [byte = 0] = await this.read(1);
      if (byte === 0x0a) return Buffer.from(bytes).toString();
      bytes.push(byte);
    }
  }

  /** A body behind its length in two bytes, or four. */
  async frame(prefixBytes = 2): Promise<Buffer> {
    const length = (await this.read(prefixBytes)).readUIntBE(0, prefixBytes);
    return this.read(length);
  }

  /** What a client of a message server asks. */
  async request(): Promise<{ content: string; session: number }> {
    const frame = await this.frame();
    const content = frame.subarray(0, -4).toString();
    return { content, session: frame.readUInt32BE(frame.length - 4) };
  }

  say(...parts: readonly (string | readonly number[] | Uint8Array)[]): void {
    for (const part of parts) {
      this.#socket.write(typeof part === "string" ? part : Uint8Array.from(part));
    }
  }

  sayFrame(body: string | Uint8Array): void {
    const bytes = Buffer.from(body as string);
    this.say([bytes.length >> 8, bytes.length & 0xff], bytes);
  }

  /** What a message server answers. */
  sayAnswer(content: string, session: number, isGood = true): void {
    const tail = Buffer.alloc(5);
    tail[0] = isGood ? 1 : 0;
    tail.writeUInt32BE(session, 1);
    this.sayFrame(Buffer.concat([Buffer.from(content), tail]));
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#look = resolve;
    return promise;
  }
}

export class ScriptedServer {
  readonly #server: Server;
  readonly #peers = new Set<ScriptedPeer>();
  readonly #scripts: Promise<void>[] = [];
  /** Connections so far. */
  count = 0;

  /** The n-th connection gets the n-th script, or the last one. */
  constructor(...scripts: readonly Script[]) {
    this.#server = createServer((socket) => {
      const script = scripts[Math.min(this.count++, scripts.length - 1)];
      const peer = new ScriptedPeer(socket);
      this.#peers.add(peer);
      const run = Promise.resolve(script?.(peer));
      run.catch(() => peer.destroy()); // the test sees it in `done`
      this.#scripts.push(run);
    });
  }

  async open(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when every script that began has ended; fails as the first that failed. */
  async done(): Promise<void> {
    await Promise.all(this.#scripts);
  }

  close(): void {
    this.#server.close();
    for (const peer of this.#peers) peer.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A server that listens. */
export function scripted(...scripts: readonly Script[]): Promise<ScriptedServer> {
  return new ScriptedServer(...scripts).open();
}
