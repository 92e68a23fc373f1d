// HTTP exchange: one request of a peer and its answer, as the host service .http handles it.
// Main thread. Made by http-server.ts for each request that node:http has read the head of.
// Invariant: the body is read only as it is asked for, and counted; an exchange is answered once,
// and what is answered after its peer has gone is dropped.

import type { IncomingMessage, ServerResponse } from "node:http";
import { CodedError } from "../../wire/coded-error.ts";
import { httpLimits } from "./http-limits.ts";

export type HttpHead = {
  readonly method: string;
  /** As the peer has sent it: path and query. */
  readonly url: string;
  readonly version: string;
  /** Names in lower case and values, by turns, in their order. */
  readonly headers: readonly string[];
  readonly peer: string;
  readonly isSecure: boolean;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names and values, by turns. */
  readonly headers: readonly string[];
};

export class HttpExchange {
  readonly head: HttpHead;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #bodyBytesMax: number;
  #bodyBytes = 0;
  #isBodyOver = false;
  /** The peer has gone before it had its answer. Set once, by whoever handles the request. */
  onAbort: () => void = () => {};
  /** The answer has gone out, or cannot. Set once, by the server. */
  onEnded: () => void = () => {};

  constructor(request: IncomingMessage, response: ServerResponse, bodyBytesMax: number) {
    this.#request = request;
    this.#response = response;
    this.#bodyBytesMax = bodyBytesMax;
    this.head = headOf(request);
    request.on("error", () => {}); // the answer's close tells
    response.once("close", () => {
      if (!response.writableFinished) this.onAbort();
      this.onEnded();
    });
  }

  /** Bytes of the body as its head says; undefined: it does not say. */
  get bodyLength(): number | undefined {
    const text = this.#request.headers["content-length"];
    if (text !== undefined) return Number(text);
    return this.#request.headers["transfer-encoding"] === undefined ? 0 : undefined;
  }

  get isTooLarge(): boolean {
    return this.#isBodyOver || (this.bodyLength ?? 0) > this.#bodyBytesMax;
  }

  /**
   * The next bytes of the body; undefined at its end. One at a time.
   * Fails with HTTP_TOO_LARGE, and with HTTP_UNREACHABLE when the peer has gone.
   */
  async read(): Promise<Uint8Array | undefined> {
    const request = this.#request;
    if (this.isTooLarge) throw this.#tooLarge();
    for (;;) {
      const piece = request.read() as Buffer | null;
      if (piece !== null) {
        this.#bodyBytes += piece.length;
        if (this.#bodyBytes <= this.#bodyBytesMax) return piece;
        this.#isBodyOver = true;
        throw this.#tooLarge();
      }
      if (request.readableEnded || (request.complete && request.readableLength === 0)) {
        return undefined;
      }
      if (request.destroyed || this.#response.closed) throw gone(this.head.peer);
      await readable(request);
    }
  }

  /** Answers with a body that is there. False: an answer has begun already. */
  answer({ status, headers }: HttpAnswer, body: Uint8Array | string): boolean {
    const response = this.#response;
    if (response.headersSent) return false;
    if (response.closed) return true;
    const isBodiless = status === 204 || status === 304;
    const length = isBodiless ? [] : ["content-length", `${Buffer.byteLength(body)}`];
    response.writeHead(status, [...headers, ...length]);
    if (isBodiless) this.finish();
    else this.finish(body); // a text goes out with its head in one write
    return true;
  }

  /** Begins an answer whose body comes in pieces; `length`: how long it will be, when known. */
  begin({ status, headers }: HttpAnswer, length: number | undefined): void {
    const more = length === undefined ? [] : ["content-length", `${length}`];
    this.#response.writeHead(status, [...headers, ...more]);
    this.#response.flushHeaders(); // the first piece may be long in coming
  }

  /** True when the answer may still be written. */
  get isOpen(): boolean {
    return !this.#response.closed && !this.#response.destroyed;
  }

  /** True when a body follows the head: not for HEAD, 204 and 304. */
  get isBodyWanted(): boolean {
    const { statusCode } = this.#response;
    return this.head.method !== "HEAD" && statusCode !== 204 && statusCode !== 304;
  }

  /** Resolves when the peer can take more, or has gone. */
  write(piece: Uint8Array): Promise<void> {
    const response = this.#response;
    if (!this.isOpen || response.write(piece)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.on("drain", settle);
    response.on("close", settle);
    return promise;
  }

  /**
   * Ends the answer. The rest of a body that nobody has read is read away for a moment: a
   * connection that is closed with unread bytes takes the answer along.
   */
  finish(last?: Uint8Array | string): void {
    const request = this.#request;
    const response = this.#response;
    request.resume();
    if (request.complete || response.closed) {
      response.end(last);
      return;
    }
    if (last !== undefined) response.write(last);
    const end = (): void => {
      clearTimeout(timer);
      request.off("end", end);
      request.off("close", end);
      response.end();
    };
    const timer = setTimeout(() => {
      end();
      request.socket.destroySoon();
    }, httpLimits.lingerMs).unref();
    request.once("end", end);
    request.once("close", end);
  }

  /** Breaks the connection off: the answer cannot be completed. */
  abort(): void {
    this.#response.destroy();
  }

  #tooLarge(): CodedError {
    const { method, url, peer } = this.head;
    return new CodedError(
      "HTTP_TOO_LARGE",
      `the body of ${method} ${url.slice(0, 200)} from ${peer} is over ${this.#bodyBytesMax} ` +
        `bytes (bodyBytesMax)`,
    );
  }
}

export function headOf(request: IncomingMessage): HttpHead {
  const { socket, rawHeaders } = request;
  return {
    method: request.method ?? "",
    url: request.url ?? "/",
    version: request.httpVersion,
    headers: rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text)),
    peer: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
    isSecure: "encrypted" in socket,
  };
}

function gone(peer: string): CodedError {
  return new CodedError("HTTP_UNREACHABLE", `${peer} has gone before its request was complete`);
}

function readable(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = (): void => {
    for (const name of ["readable", "end", "close", "error"]) request.off(name, settle);
    resolve();
  };
  for (const name of ["readable", "end", "close", "error"]) request.on(name, settle);
  return promise;
}
