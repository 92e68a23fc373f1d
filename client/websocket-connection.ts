// WebSocket connection: frames as the messages of a WebSocket, by the client that Node has.
// The caller's own process. Opened by `connectWebSocket`; drained by the caller.
// Invariant: a WebSocket cannot be held back, so one whose messages nobody takes is closed at
// `inboundBytesMax`.

import { CodedError } from "../wire/coded-error.ts";
import { systemClientClock, within, type ClientClock } from "./client-clock.ts";
import { clientLimits } from "./client-limits.ts";
import { itemsOf, type ConnectionOptions, type FrameConnection } from "./connection.ts";
import { Inbound } from "./inbound.ts";

/** Where, and what kind of messages to send. */
export type WebSocketOptions = ConnectionOptions & {
  /** "ws://127.0.0.1:8888/" or "wss://…". */
  readonly url: string;
  /** Kind of the messages that are sent; both kinds are taken. Default: "binary". */
  readonly messages?: "binary" | "text";
  readonly frameBytesMax?: number;
};

const bufferedLookMs = 5; // the socket has no event for it
const doneCode = 1000;
const orderlyCodes = new Set([doneCode, 1001, 1005]); // done, going away, none given
const refusedCode = 4009; // of a program; 1009 is not ours to send

/**
 * Opens a connection that carries frames as messages.
 *
 * Fails with CONNECT_FAILED when it cannot be opened, CALL_TIMEOUT after `connectMs`,
 * ARGUMENT_INVALID for a URL that is none. A message over `frameBytesMax` ends the connection;
 * Node collects at most 128 MiB of one before that is known.
 */
export async function connectWebSocket(options: WebSocketOptions): Promise<FrameConnection> {
  const { url, connectMs = clientLimits.connectMs, clock = systemClientClock } = options;
  const socket = socketTo(url);
  socket.binaryType = "arraybuffer";
  const connection = new WebSocketConnection(socket, { ...options, clock });
  const failure = (): CodedError =>
    new CodedError("CALL_TIMEOUT", `no connection to ${url} within ${connectMs} ms`);
  try {
    await within(connection.opened, { clock, ms: connectMs, failure });
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function socketTo(url: string): WebSocket {
  try {
    return new WebSocket(url);
  } catch (error) {
    throw new CodedError("ARGUMENT_INVALID", `no URL of a WebSocket: ${(error as Error).message}`);
  }
}

class WebSocketConnection implements FrameConnection {
  readonly peer: string;
  readonly #socket: WebSocket;
  readonly #clock: ClientClock;
  readonly #frameBytesMax: number;
  readonly #outboundBytesMax: number;
  readonly #isText: boolean;
  readonly #inbound: Inbound<Uint8Array>;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  constructor(socket: WebSocket, options: WebSocketOptions & { readonly clock: ClientClock }) {
    const { inboundBytesMax = clientLimits.inboundBytesMax } = options;
    this.peer = options.url;
    this.#socket = socket;
    this.#clock = options.clock;
    this.#frameBytesMax = options.frameBytesMax ?? clientLimits.frameBytesMax;
    this.#outboundBytesMax = options.outboundBytesMax ?? clientLimits.outboundBytesMax;
    this.#isText = options.messages === "text";
    this.#inbound = new Inbound({
      clock: options.clock,
      bytesMax: inboundBytesMax,
      sizeOf: (frame) => frame.length,
      onFull: () =>
        this.#refuse("CONNECTION_LOST", `over ${inboundBytesMax} bytes wait for this program`),
      onRoom: () => {},
      peer: this.peer,
    });
    socket.addEventListener("open", () => this.#opened.resolve());
    socket.addEventListener("message", ({ data }) => this.#read(data as string | ArrayBuffer));
    socket.addEventListener("error", (event) =>
      this.#lose(event.message || "the connection broke"),
    );
    socket.addEventListener("close", ({ code, reason, wasClean }) => {
      if (wasClean && orderlyCodes.has(code)) this.#inbound.end();
      else this.#lose(`closed with ${code}${reason === "" ? "" : `: ${JSON.stringify(reason)}`}`);
      this.#closed.resolve();
    });
  }

  /** Fails with CONNECT_FAILED. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get hasEnded(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  send(frame: Uint8Array): void {
    if (this.hasEnded) {
      throw new CodedError("CONNECTION_LOST", `the connection to ${this.peer} has ended`);
    }
    if (frame.length > this.#frameBytesMax) {
      const text = `a frame to this server holds at most ${this.#frameBytesMax} bytes`;
      throw new CodedError("MESSAGE_TOO_LARGE", `${text}, not ${frame.length}`);
    }
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount + frame.length > this.#outboundBytesMax) {
      const text = `${this.peer} does not take what is sent: ${bufferedAmount} bytes wait`;
      throw new CodedError(
        "OUTBOX_FULL",
        `${text}, of ${this.#outboundBytesMax} (outboundBytesMax)`,
      );
    }
    this.#socket.send(this.#isText ? Buffer.from(frame).toString("utf8") : Uint8Array.from(frame));
  }

  async drained(): Promise<void> {
    while (!this.hasEnded && this.#socket.bufferedAmount > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const forget = this.#clock.after(bufferedLookMs, resolve);
      await Promise.race([promise, this.#closed.promise]).finally(forget);
    }
  }

  receive(withinMs = 0): Promise<Uint8Array | undefined> {
    return this.#inbound.take(withinMs);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return itemsOf(this);
  }

  /** Resolves after `closeMs` at the latest; Node ends what a server keeps open then. */
  close(): Promise<void> {
    this.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = this.#clock.after(clientLimits.closeMs, resolve);
    return Promise.race([promise, this.#closed.promise]).finally(forget);
  }

  destroy(): void {
    this.#inbound.drop();
    this.#socket.close(doneCode);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(data: string | ArrayBuffer): void {
    const frame = typeof data === "string" ? Buffer.from(data) : new Uint8Array(data);
    if (frame.length <= this.#frameBytesMax) this.#inbound.add(frame);
    else
      this.#refuse(
        "PEER_MALFORMED",
        `a message of ${frame.length} bytes has come; at most ${this.#frameBytesMax} are taken`,
      );
  }

  #refuse(code: "CONNECTION_LOST" | "PEER_MALFORMED", why: string): void {
    this.#inbound.end(new CodedError(code, `${this.peer}: ${why}`));
    this.#socket.close(refusedCode);
  }

  #lose(why: string): void {
    this.#opened.reject(new CodedError("CONNECT_FAILED", `no connection to ${this.peer}: ${why}`));
    this.#inbound.end(new CodedError("CONNECTION_LOST", `${this.peer}: ${why}`));
  }
}
