// WebSocket: one port that serves some texts over HTTP and takes WebSocket connections on one path;
// and what a gate's port, socket-link.ts and http-upgrade.ts need of ws.
// Main thread. The only importer of ws; opened by host services as a power.
// Invariant: a request is answered, or a connection upgraded, only after `admit` has seen its
// headers; after `close` the port is free and every connection has ended.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { CodedError } from "../../wire/coded-error.ts";

export type { WebSocket, WebSocketServer };

const headerBytesMax = 8192;
const pingMs = 20_000;
const requestMs = 10_000;

export type SocketListenOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly portOption: string;
  /** One message of a client. */
  readonly messageBytesMax: number;
  /** Bytes that wait for a client that reads slowly; then it is disconnected. */
  readonly waitingBytesMax: number;
  /** Why a request is refused; undefined: it is not. */
  readonly admit: (request: IncomingMessage) => string | undefined;
  /** The JSON of a path, for HTTP; undefined: there is nothing. */
  readonly answer: (path: string) => unknown;
  /** Who takes a connection on this path, or why nobody does. */
  readonly take: (path: string, socket: SocketClient) => string | undefined;
};

export type SocketHandlers = {
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
};

/** One connection. */
export type SocketClient = {
  readonly peer: string;
  /** Once. */
  open(handlers: SocketHandlers): void;
  send(text: string): void;
  close(reason: string): void;
};

export type SocketListener = {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
};

/** Opens the port. Fails with PORT_IN_USE, CONFIG_INVALID. */
export async function listenForSockets(options: SocketListenOptions): Promise<SocketListener> {
  const { messageBytesMax: maxPayload } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
  const server = createServer({ maxHeaderSize: headerBytesMax, requestTimeout: requestMs });
  server.on("request", (request, response) => {
    const refusal = options.admit(request);
    const path = pathOf(request);
    const body = refusal === undefined ? options.answer(path) : { error: refusal };
    const status = refusal === undefined ? (body === undefined ? 404 : 200) : 403;
    const text = `${JSON.stringify(body ?? {})}\n`;
    response.writeHead(status, {
      "content-type": "application/json",
      // Chrome's own list of targets (chrome://inspect) does not read an answer in chunks.
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
    });
    response.end(request.method === "HEAD" ? "" : text);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    const refusal = options.admit(request);
    if (refusal !== undefined) {
      refuse(socket, "403 Forbidden", refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const client = clientOf(connection, request, options.waitingBytesMax);
      const path = pathOf(request);
      const why = options.take(path, client);
      if (why !== undefined) connection.close(1008, why.slice(0, 120));
    });
  });
  const { address, port } = await opened(server, options);
  return { host: address, port, close: () => closed(server, sockets) };
}

/** Takes connections for whoever has the port; a longer message ends its connection. */
export function makeUpgrader(messageBytesMax: number): WebSocketServer {
  const terms = { noServer: true, clientTracking: false, perMessageDeflate: false };
  return new WebSocketServer({ ...terms, maxPayload: messageBytesMax });
}

/** A client writes what it likes there: it need not be a URL. */
function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?")[0] ?? "/";
}

function refuse(socket: Duplex, status: string, why: string): void {
  const body = `${why}\n`;
  const length = Buffer.byteLength(body);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${body}`);
}

function clientOf(
  connection: WebSocket,
  request: IncomingMessage,
  waitingBytesMax: number,
): SocketClient {
  connection.on("error", () => {}); // "close" follows
  let isHeard = true;
  connection.on("pong", () => {
    isHeard = true;
  });
  // A peer that has vanished without a word must not keep a service stopped.
  const pinging = setInterval(() => {
    if (!isHeard) connection.terminate();
    isHeard = false;
    connection.ping();
  }, pingMs);
  connection.once("close", () => clearInterval(pinging));
  return {
    peer: `${request.socket.remoteAddress ?? "?"}:${request.socket.remotePort ?? 0}`,
    open: ({ onText, onClose }) => {
      connection.on("message", (data: Buffer, isBinary) => {
        if (isBinary) connection.close(1003, "texts only");
        else onText(data.toString("utf8"));
      });
      connection.once("close", onClose);
    },
    send: (text) => {
      if (connection.readyState !== connection.OPEN) return;
      if (connection.bufferedAmount > waitingBytesMax) connection.terminate();
      else connection.send(text);
    },
    close: (reason) => connection.close(1000, reason.slice(0, 120)),
  };
}

function opened(server: Server, options: SocketListenOptions): Promise<AddressInfo> {
  const { host, port, portOption } = options;
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const onFailure = (error: NodeJS.ErrnoException): void => {
    const isTaken = error.code === "EADDRINUSE";
    const what = isTaken ? "another program listens there" : error.message;
    const text = `cannot listen on port ${port} of ${host} (option ${portOption}): ${what}`;
    reject(new CodedError(isTaken ? "PORT_IN_USE" : "CONFIG_INVALID", text));
  };
  server.once("error", onFailure);
  server.listen({ host, port, exclusive: true }, () => {
    server.off("error", onFailure);
    server.on("error", () => {});
    resolve(server.address() as AddressInfo);
  });
  return promise;
}

function closed(server: Server, sockets: WebSocketServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const connection of sockets.clients) connection.terminate();
  server.closeAllConnections();
  return promise;
}

export type UpgradeParts = {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
};

/** Completes a handshake that is in order; `onConnection` is not called when the peer has gone. */
export function acceptSocket(
  { request, socket, head }: UpgradeParts,
  { messageBytesMax, protocol }: { readonly messageBytesMax: number; readonly protocol: string },
  onConnection: (connection: WebSocket) => void,
): void {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => offered.has(protocol) && protocol,
  });
  server.handleUpgrade(request, socket, head, onConnection);
}

export type DialOptions = {
  /** Names and values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly messageBytesMax: number;
  readonly timeoutMs: number;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly isVerified: boolean;
};

export function openSocket(url: string, options: DialOptions): WebSocket {
  const { headers, protocols, messageBytesMax, ca, isVerified } = options;
  return new WebSocket(url, [...protocols], {
    headers,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    rejectUnauthorized: isVerified,
    ...(ca === undefined ? {} : { ca }),
  });
}
