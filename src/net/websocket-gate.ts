// WebSocket gate: a port that takes WebSocket connections and answers nothing else.
// Main thread. Opened by gate-listener.ts; each connection goes to `onConnection`, unread.
// Invariant: a connection that is no WebSocket within `handshakeMs` is ended, and there are never
// more of those than `handshakesMax`.

import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CodedError } from "../../wire/coded-error.ts";
import type { FrameTerms, WebSocketTerms } from "../../wire/gate-terms.ts";
import type { StreamListener, StreamListenOptions } from "./stream-listener.ts";
import { endText, errorText } from "./stream-socket.ts";
import { makeUpgrader, type WebSocketServer } from "./websocket.ts";
import { WebSocketStream } from "./websocket-stream.ts";

export type MessageListenOptions = Omit<StreamListenOptions, "onConnection"> & {
  readonly frames: FrameTerms;
  readonly websocket: WebSocketTerms;
  readonly onConnection: (stream: WebSocketStream) => void;
};

/**
 * Connections that have not said what they want, by peer: a secured one has a socket of its own for
 * its words.
 */
type Handshaking = Map<string, Socket>;

const headerBytesMax = 8192;
const handshakesMax = 1024;

/** Opens the port. Fails with LISTEN_FAILED. */
export async function listenForMessages(options: MessageListenOptions): Promise<StreamListener> {
  const { host, port, backlog, onError } = options;
  const upgrader = makeUpgrader(options.frames.frameBytesMax);
  const server = makeServer(options);
  server.maxConnections = options.connectionsMax;
  const handshaking: Handshaking = new Map();
  server.on("connection", (socket: Socket) => greet(socket, handshaking, options));
  server.on("request", (_request, response) => {
    response.writeHead(426, { upgrade: "websocket", connection: "close" }).end();
  });
  server.on("upgrade", (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    upgrade({ request, duplex, head, upgrader, handshaking }, options);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onFailure = (error: Error): void => {
    const where = endText(host, port);
    reject(new CodedError("LISTEN_FAILED", `cannot listen on ${where}: ${errorText(error)}`));
  };
  server.once("error", onFailure);
  server.listen({ host, port, backlog, exclusive: true }, resolve);
  await promise;
  server.off("error", onFailure);
  server.on("error", (error) => onError(errorText(error)));
  const { address, port: realPort } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    for (const socket of handshaking.values()) socket.destroy();
  };
  return { host: address, port: realPort, close };
}

function makeServer({ tls, handshakeMs }: MessageListenOptions): Server {
  const bounds = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: Math.min(handshakeMs, 1000),
    noDelay: true,
    keepAlive: true,
  };
  if (tls === undefined) return createServer(bounds);
  try {
    return createTlsServer({ ...bounds, ...tls, handshakeTimeout: handshakeMs });
  } catch (error) {
    const why = errorText(error as Error);
    throw new CodedError("LISTEN_FAILED", `the certificate or key is not usable: ${why}`);
  }
}

/** A connection that has not said what it wants. */
function greet(
  socket: Socket,
  handshaking: Handshaking,
  { admission }: MessageListenOptions,
): void {
  const ip = socket.remoteAddress ?? "";
  if (handshaking.size >= handshakesMax || admission?.admit(ip) === false) {
    socket.destroy();
    return;
  }
  const peer = peerOf(socket);
  handshaking.set(peer, socket);
  socket.once("close", () => {
    handshaking.delete(peer);
    admission?.leave(ip);
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return endText(remoteAddress, remotePort);
}

type Upgrade = {
  readonly request: IncomingMessage;
  readonly duplex: Duplex;
  readonly head: Buffer;
  readonly upgrader: WebSocketServer;
  readonly handshaking: Handshaking;
};

function upgrade(
  { request, duplex, head, upgrader, handshaking }: Upgrade,
  { websocket, frames, clock, warningBytes, onConnection }: MessageListenOptions,
): void {
  const socket = duplex as Socket;
  socket.on("error", () => {}); // "close" follows
  const status = refusalOf(request, websocket);
  if (status !== undefined) {
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.destroySoon();
    return;
  }
  upgrader.handleUpgrade(request, socket, head, (connection) => {
    handshaking.delete(peerOf(socket));
    const { idleMs } = frames;
    const { sendsText } = websocket;
    const terms = { clock, warningBytes, sendsText, idleMs };
    onConnection(new WebSocketStream(connection, socket, terms));
  });
}

function refusalOf(
  { url = "/", headers }: IncomingMessage,
  { path, origins }: WebSocketTerms,
): string | undefined {
  const [asked] = url.split("?", 1);
  if (path !== undefined && asked !== path) return "404 Not Found";
  const { origin } = headers;
  if (origin === undefined || origins === undefined || origins.includes(origin)) return undefined;
  return "403 Forbidden";
}
