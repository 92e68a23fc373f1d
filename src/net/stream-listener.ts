// Stream listener: one open port or Unix socket of a service.
// Main thread. Opened by the host service ".socket"; each connection goes to `onConnection`, as it
// came.
// Invariant: `close` frees the port and leaves open the connections that it has handed on.

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { CodedError } from "../../wire/coded-error.ts";
import { endText, errorText, StreamSocket, type StreamOptions } from "./stream-socket.ts";

/** Who may connect: told of the end of each connection that was let in. */
export type Admission = {
  readonly admit: (ip: string) => boolean;
  readonly leave: (ip: string) => void;
};

export type StreamListenOptions = StreamOptions & {
  /** "unix:/path" for a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** More at a time are closed at once: those in their handshakes count, too. */
  readonly connectionsMax: number;
  /** Time for the handshake of a connection. */
  readonly handshakeMs: number;
  /** Undefined: everybody may. */
  readonly admission?: Admission | undefined;
  readonly onConnection: (stream: StreamSocket) => void;
  /** A connection could not be accepted, for want of file descriptors, or is no TLS. */
  readonly onError: (text: string) => void;
};

export type StreamListener = {
  readonly host: string;
  /** The real port; 0 for a Unix socket. */
  readonly port: number;
  close(): void;
};

export const unixPrefix = "unix:";

/** Opens the port and resolves when it accepts. Fails with LISTEN_FAILED. */
export async function listenForStreams(options: StreamListenOptions): Promise<StreamListener> {
  const { host, port, backlog } = options;
  const server = makeServer(options);
  server.maxConnections = options.connectionsMax;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const path = host.startsWith(unixPrefix) ? host.slice(unixPrefix.length) : undefined;
  const onFailure = (error: Error): void => {
    const where = path === undefined ? endText(host, port) : host;
    reject(new CodedError("LISTEN_FAILED", `cannot listen on ${where}: ${errorText(error)}`));
  };
  server.once("error", onFailure);
  const at = path === undefined ? { host, port } : { path };
  server.listen({ ...at, backlog, exclusive: true }, resolve);
  await promise;
  server.off("error", onFailure);
  server.on("error", (error) => options.onError(errorText(error)));
  return opened(server, path);
}

function opened(server: Server, path: string | undefined): StreamListener {
  if (path !== undefined) {
    const close = (): void => {
      server.close();
    };
    return { host: `${unixPrefix}${path}`, port: 0, close };
  }
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port, close: () => void server.close() };
}

function makeServer(options: StreamListenOptions): Server {
  const { tls, handshakeMs, onConnection, onError } = options;
  const accept = (socket: Socket): void => {
    if (socket.destroyed) return;
    socket.setKeepAlive(true);
    onConnection(new StreamSocket(socket, options));
  };
  // Half-open: a peer that has said everything may still be waiting for its answers.
  const common = { allowHalfOpen: true, noDelay: true };
  if (tls === undefined) {
    const server = createServer({ ...common, pauseOnConnect: true });
    return server.on("connection", (socket) => {
      greet(socket, options);
      accept(socket);
    });
  }
  try {
    const server = createTlsServer({ ...common, ...tls, handshakeTimeout: handshakeMs });
    server.on("connection", (socket: Socket) => greet(socket, options));
    server.on("secureConnection", (socket: TLSSocket) => accept(socket));
    server.on("tlsClientError", (error, socket) => {
      onError(errorText(error));
      socket.destroy(); // one that was too slow is there still
    });
    return server;
  } catch (error) {
    const why = errorText(error as Error);
    throw new CodedError("LISTEN_FAILED", `the certificate or key is not usable: ${why}`);
  }
}

/** Ends a connection that may not be. */
function greet(socket: Socket, { admission }: StreamListenOptions): void {
  if (admission === undefined) return;
  const ip = socket.remoteAddress ?? "";
  if (admission.admit(ip)) socket.once("close", () => admission.leave(ip));
  else socket.destroy();
}
