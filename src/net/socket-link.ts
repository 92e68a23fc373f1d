// Socket link: one WebSocket connection of a service, accepted or opened.
// Main thread. Made by http-upgrade.ts and dialSocket; read and written by the host service .http.
// Invariant: `onClose` is called once and last; while it is paused nothing more is read from the
// peer than what has arrived.

import { CodedError } from "../../wire/coded-error.ts";
import { httpLimits } from "./http-limits.ts";
import { openSocket, type DialOptions, type WebSocket } from "./websocket.ts";

export type LinkHandlers = {
  readonly onMessage: (data: string | Uint8Array) => void;
  readonly onPing: (data: Uint8Array) => void;
  readonly onPong: (data: Uint8Array) => void;
  /** `fault`: why it broke; "" when it was closed. */
  readonly onClose: (code: number, reason: string, fault: string) => void;
};

export class SocketLink {
  readonly #connection: WebSocket;
  #isHeard = true;
  #pingsOwn = 0;
  #fault = "";

  constructor(connection: WebSocket) {
    this.#connection = connection;
    connection.on("error", (error) => {
      this.#fault ||= error.message;
    });
    connection.pause();
  }

  get protocol(): string {
    return this.#connection.protocol;
  }

  /** Bytes that the peer has not taken yet. */
  get waitingBytes(): number {
    return this.#connection.bufferedAmount;
  }

  /** Starts to read. Once. */
  open({ onMessage, onPing, onPong, onClose }: LinkHandlers): void {
    const connection = this.#connection;
    connection.on("message", (data: Buffer, isBinary) => {
      this.#isHeard = true;
      onMessage(isBinary ? data : data.toString("utf8"));
    });
    connection.on("ping", (data) => {
      this.#isHeard = true;
      onPing(data);
    });
    connection.on("pong", (data) => {
      this.#isHeard = true;
      if (data.length > 0 || this.#pingsOwn === 0) onPong(data);
      else this.#pingsOwn--;
    });
    const pinging = setInterval(() => this.#look(), httpLimits.pingMs).unref();
    connection.once("close", (code, reason) => {
      clearInterval(pinging);
      onClose(code, reason.toString("utf8"), this.#fault);
    });
    if (connection.readyState === connection.CLOSED) {
      clearInterval(pinging);
      onClose(1006, "", this.#fault);
      return;
    }
    connection.resume();
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  /** `onTaken` is called when the bytes have left. */
  write(data: string | Uint8Array, onTaken: () => void): void {
    const connection = this.#connection;
    if (connection.readyState === connection.OPEN) connection.send(data, onTaken);
  }

  ping(data: Uint8Array): void {
    const connection = this.#connection;
    if (connection.readyState === connection.OPEN) connection.ping(data);
  }

  close(code: number, reason: string): void {
    // A paused connection would not see the peer's answer.
    this.#connection.resume();
    this.#connection.close(code, reason);
  }

  /** Breaks it off. */
  destroy(fault: string): void {
    this.#fault ||= fault;
    this.#connection.terminate();
  }

  /** A peer that has vanished without a word is not kept for ever. */
  #look(): void {
    const connection = this.#connection;
    if (connection.isPaused) return;
    if (!this.#isHeard) this.destroy(`no word in ${2 * httpLimits.pingMs} ms`);
    this.#isHeard = false;
    this.#pingsOwn = 1;
    this.ping(new Uint8Array());
  }
}

/**
 * Opens a connection. Fails with HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_INVALID (the handshake was
 * refused).
 */
export function dialSocket(url: string, options: DialOptions): Promise<SocketLink> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketLink>();
  const connection = openSocket(url, options);
  const { timeoutMs } = options;
  const late = setTimeout(() => {
    fail(new CodedError("HTTP_TIMEOUT", `${url} has not answered within ${timeoutMs} ms`));
  }, timeoutMs);
  const fail = (error: CodedError): void => {
    clearTimeout(late);
    connection.on("error", () => {});
    connection.terminate();
    reject(error);
  };
  connection.once("upgrade", () => clearTimeout(late));
  connection.once("unexpected-response", (_request, response) => {
    const { statusCode = 0 } = response;
    fail(new CodedError("HTTP_INVALID", `${url} refused the handshake with status ${statusCode}`));
  });
  connection.once("error", (error: NodeJS.ErrnoException) => {
    const isAnswer = error.code === undefined;
    const code = isAnswer ? "HTTP_INVALID" : "HTTP_UNREACHABLE";
    fail(new CodedError(code, `${url}: ${error.message || String(error.code)}`));
  });
  connection.once("open", () => {
    clearTimeout(late);
    resolve(new SocketLink(connection));
  });
  return promise;
}
