// The library "isonet/socket": sockets of a service. The host performs what is asked of it; the
// service sees bytes and numbers (skynet.socket; reference §5.1).
//
// A socket is a number, never used again by this host until 2^31 others have been. It belongs to
// one service, which gets its events; `start` makes the caller the owner. When the owner ends, its
// sockets are closed; when it is replaced by a hotfix, or its cell is recycled, they stay with its
// address, and the new isolate calls `start` again. An untrusted service needs `allow.net` in its
// launch for each address (CAPABILITY_MISSING), and acts only on sockets of its own and on those
// that were abandoned to it.
//
// All functions that read wait, and one thread at a time may read a socket (SOCKET_BUSY). The end
// of the stream is `undefined`; what had come in before it and was not asked for stays and is given
// by `read(id)` without a number, or by `rest`.
//
// A service that does not read holds its peer back: 128 KiB of each socket wait in the isolate and
// on the way to it, and 1 MiB of all its sockets on the way; then the host reads no more
// (socketReadBytesMax, socketOwnerBytesMax). A peer that does not read costs the host at most
// socketWriteBytesMax of unsent bytes: then the socket is closed.

import type { Address } from "isonet";

/** Bytes to be written: texts count as their UTF-8; a list is written as one block. */
export type SocketData = Uint8Array | string | readonly (Uint8Array | string)[];

/** Transport security of an outgoing connection. Its peer's certificate is verified. */
export interface TlsOptions {
  /** Name that the peer's certificate must have, and SNI. Default: the host that is dialled. */
  readonly servername?: string;
  /** Certificates in PEM that are trusted instead of the well-known ones. */
  readonly ca?: string;
  /** Accepts any certificate: the peer may be anybody. Default false. */
  readonly insecure?: boolean;
}

/** How to connect. */
export interface OpenOptions {
  /** Milliseconds until CONNECT_FAILED, the handshake included. 1 to 60,000, default 10,000. */
  readonly timeoutMs?: number;
  readonly tls?: TlsOptions | true;
}

/** How to listen. */
export interface ListenOptions {
  /** Connections that wait for accept. 1 to 4,096, default 32. */
  readonly backlog?: number;
  /** Each connection is secured; one whose handshake fails is never accepted. PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Connections come in whole frames, cut by the host: the port is for `serve`. */
  readonly frames?: FrameOptions;
  /** What one address may take. Default: whatever the port can give. */
  readonly limits?: AddressOptions;
}

/** How a connection is cut into frames. */
export interface FrameOptions {
  /** Bytes of a frame's length, big-endian. */
  readonly lengthBytes: 2 | 4;
  /** Bytes of a frame; a peer that announces more is ended. */
  readonly frameBytesMax: number;
  /** Silence after which a connection is ended, in milliseconds; 0: never. */
  readonly idleMs: number;
  /** WebSocket instead of lengths: one binary or text message is one frame. */
  readonly websocket?:
    | {
        /** The path that is answered; another gets 404. Default: every path. */
        readonly path?: string | undefined;
        /** Pages that may connect; others get 403. What sends no origin may. Default: all. */
        readonly origins?: readonly string[] | undefined;
        /** Frames are sent as text messages. */
        readonly sendsText: boolean;
      }
    | undefined;
}

/** What one address may take of a port; 0: any number. An IPv6 address counts by its first half. */
export interface AddressOptions {
  readonly connectsPerSecondMax: number;
  readonly connectionsMax: number;
}

/**
 * What happens to the connections of a port whose connections come in frames. Each call is a thread
 * of its own, started in the order of what has happened.
 */
export interface FrameEvents {
  /** A connection, which is not read before its `start`. */
  connect(id: number, peer: string): unknown;
  frame(id: number, body: Uint8Array): unknown;
  /** It broke, or was ended for a limit; `close` follows. */
  error(id: number, text: string): unknown;
  /** It has ended on either side; once. It is still to be closed by `close`. */
  close(id: number): unknown;
  /** KiB that wait to be sent, as for `warning`. */
  warning(id: number, kib: number): unknown;
}

/** A port that is open. */
export interface Listening {
  readonly id: number;
  /** The address it is bound to. */
  readonly host: string;
  /** The real port; 0 for a Unix socket. */
  readonly port: number;
}

/** Figures of one socket. */
export interface SocketStat {
  readonly id: number;
  /** Its owner. */
  readonly address: Address;
  readonly type: "LISTEN" | "TCP" | "UDP" | "CLOSING";
  /** Bytes read and written, since it is there. */
  readonly read: number;
  readonly write: number;
  /** Bytes that its peer has not taken yet. */
  readonly wbuffer: number;
  /** Ticks of the host's clock at the last read and write; 0: never. */
  readonly rtime: number;
  readonly wtime: number;
  /** True while the host reads it: it has been started and is not held back. */
  readonly reading: boolean;
  /** True while bytes wait to be sent. */
  readonly writing: boolean;
  readonly peer: string;
  readonly sock: string;
  /** Connections that a listener has accepted. */
  readonly accept: number;
}

/**
 * Connects and resolves with the socket, started. `address` is a host with the port behind it:
 * "127.0.0.1:80", "[::1]:80", "example.com:80", or without one when `port` is given; "unix:/path"
 * is a Unix socket.
 * Fails with CONNECT_FAILED (its text has the system's reason), RESOLVE_FAILED, SOCKETS_FULL,
 * ARGUMENT_INVALID, CAPABILITY_MISSING. (socket.open)
 */
export function open(address: string, port?: number, options?: OpenOptions): Promise<number>;
export function open(address: string, options: OpenOptions): Promise<number>;

/**
 * Opens a port: it accepts when it has been started. Port 0: any free one. Address as for `open`;
 * "0.0.0.0" and "::" are all addresses of this machine.
 * Fails with LISTEN_FAILED, SOCKETS_FULL, ARGUMENT_INVALID, CAPABILITY_MISSING. (socket.listen)
 */
export function listen(address: string, port?: number, options?: ListenOptions): Promise<Listening>;
export function listen(address: string, options: ListenOptions): Promise<Listening>;

/**
 * Begins to receive: resolves with the id when the socket is this service's. For a listener
 * `accept` is called for each connection, in a thread of its own, with its id and "ip:port"; the
 * connection is read and written after a `start` of its own, by this or another service.
 * Fails with SOCKET_CLOSED when it was closed in between or never was, NOT_PERMITTED when it is
 * not for the caller. (socket.start)
 */
export function start(id: number, accept?: (id: number, peer: string) => unknown): Promise<number>;

/**
 * Exactly `count` bytes; without a number whatever has come in, at least one byte. At the end of
 * the stream undefined. `count` 0 gives no bytes, at once.
 * Fails with SOCKET_CLOSED for an id that is not managed here, SOCKET_BUSY, READ_LIMIT when `limit`
 * has closed it. (socket.read)
 */
export function read(id: number, count?: number): Promise<Uint8Array | undefined>;

/**
 * The text before the next separator, without it; default "\n". Malformed UTF-8 reads as U+FFFD:
 * `readUntil` gives the bytes. At the end of the stream undefined, with the rest left to `rest`.
 * Fails as `read`. (socket.readline)
 */
export function readLine(id: number, separator?: string): Promise<string | undefined>;

/** As readLine, with the bytes themselves. (socket.readline) */
export function readUntil(
  id: number,
  separator?: string | Uint8Array,
): Promise<Uint8Array | undefined>;

/** All bytes until the end of the stream. Fails as `read`. (socket.readall) */
export function readAll(id: number): Promise<Uint8Array>;

/** What has come in and was not read; no bytes when there is nothing. Never waits. */
export function rest(id: number): Uint8Array;

/** Waits for something to read: true; false at the end. Fails as `read`. (socket.block) */
export function block(id: number): Promise<boolean>;

/**
 * Writes, in order; a block is never torn by another's when it has at most 512 KiB. False, and
 * nothing is written: it was closed here, or has failed. A socket of another service can be written
 * to as well; whether that one lives only its owner knows. (socket.write)
 */
export function write(id: number, data: SocketData): boolean;

/** As write; sent only when nothing of `write` waits. (socket.lwrite) */
export function lwrite(id: number, data: SocketData): boolean;

/**
 * Closes when all has been written, and waits for that; a thread that reads gets what has come in
 * first, then the end. A peer that takes nothing for 30 s loses the rest. Unknown ids are ignored.
 * (socket.close)
 */
export function close(id: number): Promise<void>;

/**
 * Starts a port whose connections come in frames. They are this service's from the beginning.
 * Fails as `start`.
 */
export function serve(id: number, events: FrameEvents): Promise<number>;

/**
 * From here on the host brings the frames of a connection to another service, as messages of kind
 * "client" with its id as session and `client`, or this service, as source. It is not sent more
 * than it takes. When it ends, the connection is ended, with an `error`. For trusted services.
 */
export function forward(id: number, to: Address, client?: Address | 0): void;

/** Frames come to this service again. */
export function unforward(id: number): void;

/**
 * Writes one frame: the host puts the length of its port's frames before it, two bytes for a
 * connection that does not come in frames, or makes it a WebSocket message. A body that is too long
 * for the port ends the connection. Fails with MESSAGE_TOO_LARGE for 16 MiB. False: as `write`.
 * (netpack.pack)
 */
export function writeFrame(id: number, body: SocketData): boolean;

/** Closes one that is not managed here: that was accepted and is not wanted. (socket.close_fd) */
export function closeFd(id: number): void;

/**
 * Ends it at once: what was not sent is lost, reads end. It must still be closed. (socket.shutdown)
 */
export function shutdown(id: number): void;

/**
 * Forgets the socket without closing it: a reader is woken with the end; what was not read is lost.
 * Another service takes it over by `start`. `heir`: who may, when it is an untrusted service.
 * (socket.abandon)
 */
export function abandon(id: number, heir?: Address): void;

/** Reads no more until the next read. (socket.pause) */
export function pause(id: number): void;

/**
 * Closes the socket when more than `bytes` wait unread and no read of a fixed number wants them:
 * lines without end, a peer that is faster than the service. Readers get READ_LIMIT.
 * (socket.limit)
 */
export function limit(id: number, bytes: number): void;

/** True when the id is not managed here. (socket.invalid) */
export function invalid(id: number): boolean;

/** True when the peer has gone; undefined for an unknown id. (socket.disconnected) */
export function disconnected(id: number): boolean | undefined;

/**
 * Calls `handler` with the KiB that wait to be sent: from 1 MiB on, at each doubling, and 0 when
 * all is sent. Without one a line is logged. (socket.warning)
 */
export function warning(id: number, handler: (id: number, kib: number) => unknown): void;

/** Calls `handler` once when the socket has closed, by either side or an error. (socket.onclose) */
export function onClose(id: number, handler: (id: number) => unknown): void;

/** Small writes leave at once, as they do by default; `false`: the system may gather them. */
export function noDelay(id: number, on?: boolean): void;

/** The big-endian number of 1 to 4 bytes. (socket.header) */
export function header(bytes: Uint8Array): number;

/** Sockets of the host, up to 5,000; for an untrusted service its own. (socket.netstat) */
export function netstat(): Promise<SocketStat[]>;

/**
 * Addresses of a host name, as the system resolves it, without blocking anybody.
 * Fails with RESOLVE_FAILED, CAPABILITY_MISSING. (socket.resolve)
 */
export function resolve(host: string): Promise<string[]>;

// --- datagrams ---------------------------------------------------------------------------------

/** Gets a datagram, and where it is from: see `udpAddress`. */
export type DatagramHandler = (data: Uint8Array, from: Uint8Array) => unknown;

/**
 * A UDP socket; bound to host and port when they are given, else it sends only, and gets answers.
 * Datagrams are dropped while the service does not keep up.
 * Fails with LISTEN_FAILED, SOCKETS_FULL, ARGUMENT_INVALID, CAPABILITY_MISSING. (socket.udp)
 */
export function udp(handler: DatagramHandler, host?: string, port?: number): Promise<number>;

/** Sets where `write` sends to; `handler` replaces the one before. (socket.udp_connect) */
export function udpConnect(
  id: number,
  host: string,
  port: number,
  handler?: DatagramHandler,
): Promise<void>;

/** A UDP socket bound to a port, which is not 0. (socket.udp_listen) */
export function udpListen(host: string, port: number, handler: DatagramHandler): Promise<number>;

/** A UDP socket with a target for `write`. (socket.udp_dial) */
export function udpDial(host: string, port: number, handler: DatagramHandler): Promise<number>;

/**
 * Sends one datagram of up to 65,507 bytes to where another is from. False: as `write`. An
 * untrusted service sends to what its `allow.net.connect` names. (socket.sendto)
 */
export function sendTo(id: number, from: Uint8Array, data: SocketData): boolean;

/** Reads `from`: a byte 1 (IPv4) or 2 (IPv6), the port, the address. (socket.udp_address) */
export function udpAddress(from: Uint8Array): { readonly host: string; readonly port: number };
