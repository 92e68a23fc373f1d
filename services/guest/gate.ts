// Gate: takes clients on a port for a watchdog, and forwards their frames to agents (Skynet's gate,
// reference §6.2).
// A guest service, launched by name. Commands: open, forward, accept, kick, and close.
// Invariant: the watchdog is told of each client's end once; of its frames only while they are not
// forwarded.

import { send, type Address } from "isonet";
import {
  closeClient,
  forward,
  openClient,
  start,
  unforward,
  type GateConf,
} from "isonet/gateserver";

/** What `open` gets beside a gate's conf. */
export type WatchedConf = GateConf & {
  /** Who is told of the clients; default: who opens the gate. */
  readonly watchdog?: Address;
};

export type GateCommands = {
  /** Address and port that are bound. */
  open(conf: WatchedConf): readonly [address: string, port: number];
  /**
   * Brings the client's frames to `address`, by default the caller, as messages of kind "client"
   * with the fd as session and `client`, or the gate, as source.
   */
  forward(fd: number, client?: Address | 0, address?: Address): void;
  /** Brings the client's frames to the watchdog. */
  accept(fd: number): void;
  /** Ends the client. */
  kick(fd: number): void;
  /** The port is free again; clients stay. */
  close(): void;
};

let watchdog: Address | undefined;
const connections = new Set<number>();

function tell(...what: readonly unknown[]): void {
  if (watchdog !== undefined) send(watchdog, "lua", "socket", ...what);
}

/** Fails for a client that is not there. */
function checkClient(fd: unknown): number {
  if (typeof fd === "number" && connections.has(fd)) return fd;
  throw new Error(`this gate has no client with fd ${String(fd)}`);
}

const commands = new Map<string, (source: Address, ...args: never[]) => unknown>([
  [
    "forward",
    (source: Address, fd: number, client?: Address | 0, address?: Address) =>
      forward(checkClient(fd), address ?? source, client ?? 0),
  ],
  [
    "accept",
    (_source: Address, fd: number) => {
      unforward(checkClient(fd));
      openClient(fd);
    },
  ],
  ["kick", (_source: Address, fd: number) => closeClient(fd)],
]);

start({
  open: (source, conf) => {
    watchdog = (conf as WatchedConf).watchdog ?? source;
    return [conf.address, conf.port];
  },
  connect: (fd, peer) => {
    connections.add(fd);
    tell("open", fd, peer);
  },
  message: (fd, frame) => tell("data", fd, frame),
  disconnect: (fd) => {
    connections.delete(fd);
    tell("close", fd);
  },
  error: (fd, text) => {
    connections.delete(fd);
    tell("error", fd, text);
  },
  warning: (fd, kib) => tell("warning", fd, kib),
  command: (name, source, ...args) => {
    const command = commands.get(name);
    if (command !== undefined) return command(source, ...(args as never[]));
    throw new Error(`this gate has no command ${name}`);
  },
});
