// Stream connection: a TCP connection, or TLS, whose stream is cut into frames or lines.
// The caller's own process. Opened by `connectFrames` and `connectLines`; drained by the caller.
// Invariant: the socket is read only while less than `inboundBytesMax` wait; the first reason for
// an end is the one that is told.

import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsConnectionOptions } from "node:tls";
import { CodedError } from "../wire/coded-error.ts";
import { systemClientClock, within, type ClientClock } from "./client-clock.ts";
import { clientLimits } from "./client-limits.ts";
import {
  itemsOf,
  type Connection,
  type ConnectionOptions,
  type Cutter,
  type FrameConnection,
  type LineConnection,
} from "./connection.ts";
import { bodyBytesMax, FrameCutter, prefixed, type PrefixBytes } from "./frame-cutter.ts";
import { Inbound } from "./inbound.ts";
import { LineCutter } from "./line-cutter.ts";

/** Where. */
export type TcpOptions = ConnectionOptions & {
  /** Default: "127.0.0.1". */
  readonly host?: string;
  readonly port: number;
  /** TLS; the server's certificate is checked, against `ca` or who the machine trusts. */
  readonly tls?: true | TlsIdentity;
};

/** Whom to trust and who one is, as node:tls has it. */
export type TlsIdentity = Pick<TlsConnectionOptions, "ca" | "cert" | "key" | "servername">;

/** Where, and how frames are cut. */
export type FrameOptions = TcpOptions & {
  /** Bytes of the length before each frame: 2 (default) or 4. */
  readonly prefixBytes?: PrefixBytes;
  /** Largest frame that is sent or taken. */
  readonly frameBytesMax?: number;
};

const keepAliveMs = 30_000;

/**
 * Opens a connection that carries frames behind their length. A frame of no bytes is one.
 *
 * Fails with CONNECT_FAILED when it cannot be opened, CALL_TIMEOUT after `connectMs`.
 */
export async function connectFrames(options: FrameOptions): Promise<FrameConnection> {
  const { prefixBytes = 2, frameBytesMax = clientLimits.frameBytesMax } = options;
  const bytesMax = Math.min(frameBytesMax, bodyBytesMax(prefixBytes));
  return open(options, {
    cutter: new FrameCutter(prefixBytes, bytesMax),
    encode: (frame) => prefixed(frame, prefixBytes, bytesMax),
    sizeOf: (frame) => frame.length,
  });
}

/** Where, and how long a line may be. */
export type LineOptions = TcpOptions & { readonly lineBytesMax?: number };

/** Opens a connection that carries lines. Fails as `connectFrames` does. */
export async function connectLines(options: LineOptions): Promise<LineConnection> {
  const { lineBytesMax = clientLimits.lineBytesMax } = options;
  return open(options, {
    cutter: new LineCutter(lineBytesMax),
    encode: (line) => Buffer.from(`${line}\n`),
    sizeOf: (line) => line.length * 2,
  });
}

type Cut<T> = {
  readonly cutter: Cutter<T>;
  readonly encode: (item: T) => Uint8Array;
  readonly sizeOf: (item: T) => number;
};

async function open<T>(options: TcpOptions, cut: Cut<T>): Promise<Connection<T>> {
  const { host = "127.0.0.1", port, connectMs = clientLimits.connectMs } = options;
  const { clock = systemClientClock } = options;
  const peer = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const { tls } = options;
  const trust = tls === true ? {} : tls;
  const socket = trust ? connectTls({ host, port, ...trust }) : connect({ host, port });
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = ({ message }: Error): void =>
    reject(new CodedError("CONNECT_FAILED", `no connection to ${peer}: ${message}`));
  socket.once(trust ? "secureConnect" : "connect", resolve).once("error", refuse);
  const failure = (): CodedError =>
    new CodedError("CALL_TIMEOUT", `no connection to ${peer} within ${connectMs} ms`);
  try {
    await within(promise, { clock, ms: connectMs, failure });
  } catch (error) {
    socket.on("error", () => {}); // of a socket that nobody waits for
    socket.destroy();
    throw error;
  }
  socket.off("error", refuse);
  return new StreamConnection(socket, cut, { ...options, clock, peer });
}

type StreamOptions = TcpOptions & { readonly clock: ClientClock; readonly peer: string };

class StreamConnection<T> implements Connection<T> {
  readonly peer: string;
  readonly #socket: Socket;
  readonly #cut: Cut<T>;
  readonly #clock: ClientClock;
  readonly #outboundBytesMax: number;
  readonly #inbound: Inbound<T>;
  readonly #closed = Promise.withResolvers<void>();

  constructor(socket: Socket, cut: Cut<T>, options: StreamOptions) {
    this.peer = options.peer;
    this.#socket = socket;
    this.#cut = cut;
    this.#clock = options.clock;
    this.#outboundBytesMax = options.outboundBytesMax ?? clientLimits.outboundBytesMax;
    this.#inbound = new Inbound({
      clock: options.clock,
      bytesMax: options.inboundBytesMax ?? clientLimits.inboundBytesMax,
      sizeOf: cut.sizeOf,
      onFull: () => void socket.pause(),
      onRoom: () => void socket.resume(),
      peer: this.peer,
    });
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", ({ message }) => this.#lose(`the connection broke: ${message}`));
    socket.on("close", () => {
      this.#lose("the connection was closed");
      this.#closed.resolve();
    });
  }

  get hasEnded(): boolean {
    return !this.#socket.writable;
  }

  send(item: T): void {
    if (this.hasEnded) {
      throw new CodedError("CONNECTION_LOST", `the connection to ${this.peer} has ended`);
    }
    const bytes = this.#cut.encode(item);
    const bytesMax = this.#outboundBytesMax;
    const waitingBytes = this.#socket.writableLength;
    if (waitingBytes + bytes.length > bytesMax) {
      const text = `${waitingBytes} bytes wait for ${this.peer} to take them`;
      throw new CodedError("OUTBOX_FULL", `${text}, of ${bytesMax} (outboundBytesMax)`);
    }
    // What one turn of the program sends goes out in one call of the system.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.hasEnded) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once("drain", resolve);
    return Promise.race([promise, this.#closed.promise]);
  }

  receive(withinMs = 0): Promise<T | undefined> {
    return this.#inbound.take(withinMs);
  }

  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return itemsOf(this);
  }

  close(): Promise<void> {
    this.#inbound.drop();
    // Read on, for a socket closed with unread bytes takes what was sent last with it.
    this.#socket.resume();
    this.#socket.end();
    const forget = this.#clock.after(clientLimits.closeMs, () => this.#socket.destroy());
    return this.#closed.promise.finally(forget);
  }

  destroy(): void {
    this.#inbound.drop();
    this.#socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(chunk: Uint8Array): void {
    if (this.#inbound.hasEnded) return;
    try {
      this.#cut.cutter.push(chunk, (item) => this.#inbound.add(item));
    } catch (error) {
      const { message } = error as CodedError;
      this.#inbound.end(new CodedError("PEER_MALFORMED", `${this.peer}: ${message}`));
      this.#socket.destroy();
    }
  }

  #onEnd(): void {
    const { incomplete } = this.#cut.cutter;
    if (incomplete === undefined) this.#inbound.end();
    else this.#lose(`the connection has ended behind ${incomplete}`);
  }

  #lose(why: string): void {
    this.#inbound.end(new CodedError("CONNECTION_LOST", `${this.peer}: ${why}`));
  }
}
