// Listener: one open TCP port.
// Main thread. Opened by host.ts and, as a power, by host services; hands each connection to
// `onConnection`.
// Invariant: after `close` the port is free and every connection has ended, those handed over as
// well.

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { CodedError } from "../../wire/coded-error.ts";
import { Connection } from "./connection.ts";
import { systemNetClock, type NetClock } from "./net-clock.ts";
import { netLimits } from "./net-limits.ts";

export type ListenOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The option that sets the port, for the text of the error. */
  readonly portOption: string;
  readonly backlog?: number;
  /** More are closed at once, without a word to them; `onRefused` hears of it. */
  readonly connectionsMax: number;
  /** Silence after which a connection is ended; 0: never. */
  readonly idleMs: number;
  readonly writeBytesMax?: number;
  readonly clock?: NetClock;
  readonly onConnection: (connection: Connection) => void;
  readonly onRefused?: (peer: string) => void;
};

export type Listener = {
  readonly host: string;
  /** The real port. */
  readonly port: number;
  close(): Promise<void>;
};

/**
 * Opens a port and resolves when it accepts.
 *
 * Fails with PORT_IN_USE, or CONFIG_INVALID when this machine cannot listen there.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  // Half-open: a peer that has said everything may still be waiting for its answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.maxConnections = options.connectionsMax;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    options.onConnection(new Connection(socket, connectionOptions(options)));
  });
  server.on("drop", (peer) =>
    options.onRefused?.(`${peer?.remoteAddress ?? "?"}:${peer?.remotePort ?? 0}`),
  );
  const { address, port } = await opened(server, options);
  return { host: address, port, close: () => closed(server, sockets) };
}

function connectionOptions({ clock, idleMs, writeBytesMax }: ListenOptions) {
  return {
    clock: clock ?? systemNetClock,
    idleMs,
    writeBytesMax: writeBytesMax ?? netLimits.writeBytesMax,
  };
}

function opened(server: Server, options: ListenOptions): Promise<AddressInfo> {
  const { host, port, backlog } = options;
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const onFailure = (error: NodeJS.ErrnoException): void => reject(listenError(error, options));
  server.once("error", onFailure);
  const onListening = (): void => {
    server.off("error", onFailure);
    // A failed accept, for want of file descriptors, costs that connection only.
    server.on("error", () => {});
    resolve(server.address() as AddressInfo);
  };
  try {
    const at = { host, port, backlog: backlog ?? netLimits.backlog, exclusive: true };
    server.listen(at, onListening);
  } catch (error) {
    onFailure(error as NodeJS.ErrnoException); // a port that is no port number
  }
  return promise;
}

function listenError(error: NodeJS.ErrnoException, options: ListenOptions): CodedError {
  const { host, port, portOption } = options;
  if (error.code === "EADDRINUSE") {
    return new CodedError(
      "PORT_IN_USE",
      `port ${port} of ${host} is in use by another program (option ${portOption}): ` +
        `end that program, or choose another port`,
    );
  }
  return new CodedError(
    "CONFIG_INVALID",
    `cannot listen on port ${port} of ${host} (option ${portOption}): ${error.message}`,
  );
}

function closed(server: Server, sockets: Set<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of sockets) socket.destroy();
  return promise;
}
