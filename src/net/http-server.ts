// HTTP server: one port that speaks HTTP or HTTPS for a service.
// Main thread. Opened by the host service .http as a power; node:http reads the requests.
// Invariant: of one connection one request at a time is handled, in its order; a peer that is too
// slow, too long or not HTTP is answered with a status and closed, and nobody else hears of it.

import { createServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CodedError } from "../../wire/coded-error.ts";
import { HttpExchange } from "./http-exchange.ts";
import { httpLimits } from "./http-limits.ts";
import { HttpUpgrade } from "./http-upgrade.ts";

export type HttpServerOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly headerBytesMax: number;
  readonly bodyBytesMax: number;
  /** Time for a request to come in. */
  readonly receiveMs: number;
  /** Silence after which a connection is closed. */
  readonly idleMs: number;
  readonly connectionsMax: number;
  readonly messageBytesMax: number;
  readonly onExchange: (exchange: HttpExchange) => void;
  /** A request for a WebSocket; whoever handles it answers it. */
  readonly onUpgrade: (upgrade: HttpUpgrade) => void;
};

export type HttpServer = {
  readonly host: string;
  readonly port: number;
  readonly connections: () => number;
  /** Stops to accept at once; connections that are not in use are closed. */
  close(): void;
  /** Closes every connection. */
  destroy(): void;
};

/** Opens the port. Fails with PORT_IN_USE, ARGUMENT_INVALID. */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = makeServer(options);
  const sockets = new Set<Socket>();
  const turns: Turns = { busy: new WeakMap(), doomed: new WeakSet() };
  server.maxConnections = options.connectionsMax;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("timeout", (socket: Socket) => {
    if (!turns.busy.has(socket)) socket.destroy(); // its answer is owed: the call has its own time
  });
  server.on("request", inTurn(options, turns));
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    server.emit("request", request, response);
  });
  server.on("clientError", (error: ParseError, socket) => {
    const { request, response } = turns.busy.get(socket) ?? {};
    // What has been answered goes out; the rest may wait for a body that does not come.
    if (request?.complete === true) turns.doomed.add(socket);
    else if (response?.headersSent === true) (socket as Socket).destroySoon();
    else refuse(error, socket);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    options.onUpgrade(new HttpUpgrade(request, socket, head, options.messageBytesMax));
  });
  const { address, port } = await opened(server, options);
  return {
    host: address,
    port,
    connections: () => sockets.size,
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
    destroy: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function makeServer(options: HttpServerOptions): Server {
  const { headerBytesMax, receiveMs, idleMs, tls } = options;
  const common: ServerOptions = {
    maxHeaderSize: headerBytesMax,
    requestTimeout: receiveMs,
    headersTimeout: receiveMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: httpLimits.lookMs,
    noDelay: true,
    requireHostHeader: false,
  };
  if (tls === undefined) return withTimeout(createServer(common), idleMs);
  try {
    const secure = { ...common, ...tls, handshakeTimeout: receiveMs };
    const server = createSecureServer(secure);
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return withTimeout(server, idleMs);
  } catch (error) {
    const { message } = error as Error;
    throw new CodedError("ARGUMENT_INVALID", `tls.cert and tls.key cannot be used: ${message}`);
  }
}

function withTimeout(server: Server, idleMs: number): Server {
  server.timeout = idleMs;
  return server;
}

type Turns = {
  /** The request of a connection that is being handled; its body may be on its way still. */
  readonly busy: WeakMap<Duplex, Pending>;
  /** Those that end when it is answered: what follows cannot be read. */
  readonly doomed: WeakSet<Duplex>;
};
type Pending = { readonly request: IncomingMessage; readonly response: ServerResponse };

/** Hands requests of one connection on one after the other. */
function inTurn({ bodyBytesMax, onExchange }: HttpServerOptions, { busy, doomed }: Turns) {
  const waiting = new WeakMap<Socket, Pending[]>();
  const run = ({ request, response }: Pending, queue: Pending[]): void => {
    const { socket } = request;
    busy.set(socket, { request, response });
    const exchange = new HttpExchange(request, response, bodyBytesMax);
    exchange.onEnded = () => {
      const next = queue.shift();
      if (doomed.has(socket)) socket.destroySoon();
      if (next !== undefined && !socket.destroyed) {
        run(next, queue);
        return;
      }
      waiting.delete(socket);
      busy.delete(socket);
    };
    const refusal = refusalOf(request);
    if (refusal !== undefined) exchange.answer({ status: refusal, headers: closing }, "");
    else onExchange(exchange);
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const queue = waiting.get(socket);
    if (queue === undefined) {
      const first: Pending[] = [];
      waiting.set(socket, first);
      run({ request, response }, first);
    } else if (queue.length < httpLimits.pipelineMax) {
      queue.push({ request, response });
    } else {
      socket.destroy();
    }
  };
}

const closing = ["connection", "close"];

/** Versions and encodings that are not spoken (reference §5.5). */
function refusalOf({ httpVersion, headers }: IncomingMessage): number | undefined {
  if (httpVersion !== "1.0" && httpVersion !== "1.1") return 505;
  const encoding = headers["transfer-encoding"]?.toLowerCase() ?? "chunked";
  return encoding === "chunked" || encoding === "identity" ? undefined : 501;
}

type ParseError = NodeJS.ErrnoException & { readonly reason?: string };

const parserStatus = new Map<unknown, number>([
  ["HPE_HEADER_OVERFLOW", 413],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["HPE_INVALID_VERSION", 505],
  ["HPE_PAUSED_H2_UPGRADE", 505],
  ["HPE_INVALID_TRANSFER_ENCODING", 501],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** What cannot be read is answered and closed. */
function refuse({ code, reason: why = "" }: ParseError, socket: Duplex): void {
  const isAmbiguous = why.includes("Content-Length"); // beside an encoding
  const status = isAmbiguous ? 400 : (parserStatus.get(code) ?? 400);
  if (!socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  socket.on("error", () => {});
  const reason = STATUS_CODES[status] ?? "";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  const timer = setTimeout(() => socket.destroy(), httpLimits.lingerMs).unref();
  socket.once("close", () => clearTimeout(timer));
}

function opened(server: Server, { host, port }: HttpServerOptions): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const onFailure = (error: NodeJS.ErrnoException): void => {
    const isTaken = error.code === "EADDRINUSE";
    const what = isTaken ? "another program listens there" : error.message;
    const text = `cannot listen on port ${port} of ${host}: ${what}`;
    reject(new CodedError(isTaken ? "PORT_IN_USE" : "ARGUMENT_INVALID", text));
  };
  server.once("error", onFailure);
  server.listen({ host, port, exclusive: true, backlog: 511 }, () => {
    server.off("error", onFailure);
    server.on("error", () => {}); // a failed accept costs that connection only
    resolve(server.address() as AddressInfo);
  });
  return promise;
}
