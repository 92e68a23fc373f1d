// HTTP upgrade: a request for a WebSocket, until it is accepted or refused.
// Main thread. Made by http-server.ts; answered by the host service .http.
// Invariant: nothing of the connection is read before it is accepted; it is answered once.

import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { headOf, type HttpHead, type HttpAnswer } from "./http-exchange.ts";
import { httpLimits } from "./http-limits.ts";
import { SocketLink } from "./socket-link.ts";
import { acceptSocket } from "./websocket.ts";

const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

export class HttpUpgrade {
  readonly head: HttpHead;
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #first: Buffer;
  readonly #messageBytesMax: number;
  /** The peer has gone before it had its answer. */
  onAbort: () => void = () => {};

  constructor(request: IncomingMessage, socket: Duplex, first: Buffer, messageBytesMax: number) {
    this.head = headOf(request);
    this.#request = request;
    this.#socket = socket;
    this.#first = first;
    this.#messageBytesMax = messageBytesMax;
    socket.on("error", () => {});
    socket.once("close", () => this.onAbort());
  }

  /** The status of a handshake that is none (reference §5.6); undefined: it is one. */
  get refusal(): number | undefined {
    const { method, headers, httpVersion } = this.#request;
    if (headers.upgrade?.toLowerCase() !== "websocket" || method !== "GET") return 400;
    if (httpVersion !== "1.1") return 505;
    if (headers.host === undefined) return 400;
    if (!keyPattern.test(headers["sec-websocket-key"] ?? "")) return 400;
    return headers["sec-websocket-version"] === "13" ? undefined : 426;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  refuse({ status, headers }: HttpAnswer, body: Uint8Array | string): void {
    const socket = this.#socket;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, "connection: close"];
    if (status === 426) lines.push("sec-websocket-version: 13");
    for (let at = 0; at + 1 < headers.length; at += 2)
      lines.push(`${headers[at]}: ${headers[at + 1]}`);
    lines.push(`content-length: ${bytes.length}`, "", "");
    socket.write(lines.join("\r\n"));
    socket.end(bytes);
    const timer = setTimeout(() => socket.destroy(), httpLimits.lingerMs).unref();
    socket.once("close", () => clearTimeout(timer));
  }

  /** Answers 101. Undefined: the peer has gone meanwhile. */
  accept(protocol: string): Promise<SocketLink | undefined> {
    const { promise, resolve } = Promise.withResolvers<SocketLink | undefined>();
    this.onAbort = () => resolve(undefined);
    if (!this.isOpen) resolve(undefined);
    const options = { messageBytesMax: this.#messageBytesMax, protocol };
    const parts = { request: this.#request, socket: this.#socket, head: this.#first };
    acceptSocket(parts, options, (connection) => resolve(new SocketLink(connection)));
    return promise;
  }
}
