// The library "isonet/websocket": WebSocket connections of services, accepted by a server of
// isonet/http or opened. The host does the talking (its service ".http"). Skynet's http.websocket,
// with promises.
//
// A connection has a number, its id, and one service that handles it: its events come there, in
// their order, one at a time; the peer is not read while 256 KiB of it wait. Every trusted service
// may write to it. What is done to a connection that has ended does nothing.

import type { Address } from "isonet";
import type { HttpHeaders, HttpHeadersInit, HttpRequest, HttpResponse } from "isonet/http";

/** A message: a text or bytes. */
export type SocketData = string | Uint8Array;

/**
 * What happens on a connection; each is optional and may be async: the next waits for it. What one
 * throws is logged, and the connection closed.
 */
export interface SocketHandlers {
  /** First. */
  connect?(id: number): unknown;
  /** Second: what the peer has asked with; of a connection that was opened, without headers. */
  handshake?(id: number, headers: HttpHeaders, url: string): unknown;
  /** A whole message; "text" is a string, "binary" bytes. */
  message?(id: number, data: SocketData, kind: "text" | "binary"): unknown;
  /** It is answered already. */
  ping?(id: number, data: Uint8Array): unknown;
  pong?(id: number, data: Uint8Array): unknown;
  /** Last: 1000 or what the peer has said; 1006: it broke off. */
  close?(id: number, code: number, reason: string): unknown;
  /** It breaks, before `close`: the peer is too slow, too long, or gone. */
  error?(id: number, text: string): unknown;
  /** So many KiB wait for a peer that reads slowly: from 1 MiB, at each doubling; then 0. */
  warning?(id: number, kibibytes: number): unknown;
}

/**
 * The answer to a request for a WebSocket (`request.isUpgrade`): it is accepted, under the number
 * `request.id`, and handled here, or by the service with this address, which must call `accept`
 * with that number within 10 seconds. `protocol`: of those the peer offers, the one that is spoken.
 * (websocket.accept)
 */
export function upgrade(
  request: HttpRequest,
  to: SocketHandlers | Address,
  options?: { readonly protocol?: string },
): HttpResponse;

/**
 * Handles a connection that another service has handed to this one; what has happened on it waits
 * for this. (websocket.accept)
 */
export function accept(id: number, handlers: SocketHandlers): void;

/** Another service handles what comes from now on: it calls `accept`. (socket.abandon, start) */
export function handOver(id: number, to: Address): Promise<void>;

/** How a connection is opened, and what is done with it. */
export interface ConnectOptions extends SocketHandlers {
  readonly headers?: HttpHeadersInit;
  readonly protocols?: readonly string[];
  /** Milliseconds until it is open; default 30,000. */
  readonly timeoutMs?: number;
  /** As of `HttpServerOptions.websocket`. */
  readonly messageBytesMax?: number;
  readonly waitingBytesMax?: number;
  /** PEM: authorities in place of the system's. */
  readonly ca?: string;
  /** True: the certificate is not looked at. */
  readonly insecure?: boolean;
}

/**
 * Opens a connection and resolves with its id. Without a `message` handler its messages are read
 * with `read`. (websocket.connect)
 * Fails with HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_INVALID (the handshake was refused), HTTP_LIMIT
 * (1,024 of one service), ARGUMENT_INVALID, CAPABILITY_MISSING.
 */
export function connect(url: string, options?: ConnectOptions): Promise<number>;

/**
 * The next message of a connection that was opened without a `message` handler; undefined when it
 * has ended. One reader at a time: ARGUMENT_INVALID. (websocket.read)
 */
export function read(id: number): Promise<SocketData | undefined>;

/**
 * Sends a message: text for a string, binary for bytes, unless `kind` says otherwise. It does not
 * wait: what a slow peer has not taken is bounded (`waitingBytesMax`), then it is cut off.
 * (websocket.write)
 */
export function write(id: number, data: SocketData, kind?: "text" | "binary"): void;

/** Resolves when little of what was written waits any more, or the connection has ended. */
export function drained(id: number): Promise<void>;

/** Up to 125 bytes. (websocket.ping) */
export function ping(id: number, data?: SocketData): void;

/**
 * Says good-bye: 1000, or 3000 to 4999, and up to 123 bytes. The peer's answer is the `close`
 * event. (websocket.close)
 */
export function close(id: number, code?: number, reason?: string): void;

/** "127.0.0.1:40112" of a connection that is handled here; undefined: it is not. (addrinfo) */
export function addrInfo(id: number): string | undefined;

/** What a proxy in front says that the peer is (X-Real-IP), or else its address. (real_ip) */
export function realIp(id: number): string | undefined;

/** True when the connection is not handled here, or has ended. (is_close) */
export function isClosed(id: number): boolean;
