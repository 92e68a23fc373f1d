// Socket protocol: what a service and the host's ".socket" say to each other (docs/protocol.md).
// Neutral: written by library/socket and services/host/sockets, each the other's reader.
// Orders are messages of kind socket with the packed values [sequence, order, id, …]; events come
// back as [event, id, value, event, id, value …], those of one round of the event loop in one
// message. The sequence counts a service's orders, so that one that was refused on its way (a full
// mailbox or link, a limit of messages) is missed: a stream with a hole in it is ended.
// Invariant: events of one socket arrive in the order in which they happened, each once.

import type { AddressTerms, FrameTerms } from "./gate-terms.ts";

/** One-way, from a service: they cost no reply. */
export const SocketOrder = {
  /** Begins to receive on a connection that the sender has just opened. */
  start: 1,
  /** Bytes to send. */
  write: 2,
  /** Bytes to send when no others wait. */
  lowWrite: 3,
  /** Ends it when all has been sent: answered by `close`. */
  close: 4,
  /** Ends it at once. */
  shutdown: 5,
  /** The address of whoever may start it next, or nothing. */
  abandon: 6,
  /** Reads no more until `resume`. */
  pause: 7,
  resume: 8,
  /** So many bytes of this socket have been read by the service: more may come. */
  consumed: 9,
  /** The service has taken so many messages with events: the id is 0. */
  handled: 10,
  noDelay: 11,
  /** A datagram: bytes, and where to. */
  sendTo: 12,
  /** One frame: its body. */
  writeFrame: 13,
  /**
   * Frames go to an agent, as messages of kind "client": its address, and theirs in whose name.
   * Without them: to the owner again.
   */
  forward: 14,
} as const;

/**
 * To the owner, with one value each. The numbers are Skynet's (reference §5.0); its 2, of a socket
 * that is connected, is the reply to `open` or `start` here.
 */
export const SocketEvent = {
  /** Bytes. */
  data: 1,
  /** Closed here or by the peer. Once. */
  close: 3,
  /** [id of the connection, "ip:port"]. */
  accept: 4,
  /** Text. The socket is gone, but for a listener, which goes on. */
  error: 5,
  /** [bytes, where from]. */
  datagram: 6,
  /** KiB that wait to be sent; 0: all is sent. */
  warning: 7,
} as const;

/** Values of one event in a message. */
export const valuesPerEvent = 3;

/** Bytes of the text of an `error` event (reference §5.0). */
export const errorTextBytesMax = 128;

/** The sequence of an order after this one; the first order of an isolate has 0. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) & 0xffff;
}

/** A service sends `handled` after so many messages with events, or so many bytes in them. */
export const handledEvery = { messages: 8, bytes: 256 * 1024 } as const;

/** What a new isolate says it has handled: whatever the one before it, at its address, was sent. */
export const handledAll = 0x7fff_ffff;

/** Security of a connection that is opened, as the host takes it. */
export type DialTls = {
  readonly servername?: string | undefined;
  readonly ca?: string | undefined;
  readonly insecure?: boolean | undefined;
};

export type DialOptions = {
  readonly timeoutMs?: number | undefined;
  readonly tls?: DialTls | undefined;
};

export type BindOptions = {
  readonly backlog?: number | undefined;
  /** What is read comes in whole frames: each `data` event has one. */
  readonly frames?: FrameTerms | undefined;
  readonly limits?: AddressTerms | undefined;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
};

/** Figures of one socket: the rows of netstat. */
export type SocketFigures = {
  readonly id: number;
  readonly address: number;
  readonly type: "LISTEN" | "TCP" | "UDP" | "CLOSING";
  readonly read: number;
  readonly write: number;
  readonly wbuffer: number;
  readonly rtime: number;
  readonly wtime: number;
  readonly reading: boolean;
  readonly writing: boolean;
  readonly peer: string;
  readonly sock: string;
  readonly accept: number;
};

/** Requests, as "lua" messages. A host is a name, an address, or "unix:/path" with port 0. */
export type SocketCommands = {
  open(host: string, port: number, options: DialOptions): number;
  listen(host: string, port: number, options: BindOptions): [number, string, number];
  /** Makes the caller the owner and begins to receive. */
  start(id: number): void;
  /** Without a host: unbound, and of IPv4 unless it is to be of IPv6. */
  udp(host: string | undefined, port: number, isV6: boolean): number;
  /** Sets the target of writes. */
  udpConnect(id: number, host: string, port: number): void;
  resolve(host: string): string[];
  netstat(): SocketFigures[];
};
