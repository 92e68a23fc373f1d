// The library "isonet/gateserver": a service that takes clients on a port, in frames
// (snax.gateserver; reference §6.1).
//
// The host cuts what a client sends into frames, so the handler gets whole ones, of any length from
// 0; it never sees a partial one. A frame of an agent is best forwarded: then the host brings it to
// the agent and the gate is not even told.
//
// A client costs the host at most one incomplete frame, what socketReadBytesMax says of frames on
// their way, and what socketWriteBytesMax says of bytes that it does not take. One that is beyond a
// limit is ended, and the handler hears of it as of every other end.

import type { Address } from "isonet";

/** A WebSocket port instead of a TCP one: a binary message is a frame, a text its UTF-8 bytes. */
export interface WebSocketConf {
  /** The path that is answered, as "/game"; another one gets 404. Default: every path. */
  readonly path?: string;
  /**
   * Pages that may connect, as "https://example.com"; those of others get 403. What is no browser
   * sends no origin and may connect. Default: every page.
   */
  readonly origins?: readonly string[];
  /** Frames are sent as text messages. Default false: binary. */
  readonly sendsText?: boolean;
}

/** What the command `open` gets. Further properties are the service's own. */
export interface GateConf {
  /** Default "0.0.0.0". In `open` of the handler: the address that is bound. */
  readonly address?: string;
  /** 0: any free one. In `open` of the handler: the real port. */
  readonly port: number;
  /** Connections at a time; one less is let in. 1 to 65,536, default 1,024. */
  readonly maxclient?: number;
  /** Small frames leave at once. Default true. */
  readonly nodelay?: boolean;
  /** Connections that wait for accept. 1 to 4,096, default 32. */
  readonly backlog?: number;
  /** Bytes of a frame's length, big-endian. Default 2. */
  readonly lengthBytes?: 2 | 4;
  /**
   * Bytes of a frame; a client that announces more is ended. Default, and at the most: 65,535, what
   * two bytes can say; with four, 16 MiB less one.
   */
  readonly frameBytesMax?: number;
  /** Silence after which a client is ended, in milliseconds; default 0: never. */
  readonly idleMs?: number;
  /** Connects of one address in a second, default 10,000; 0: any number. */
  readonly connectsPerSecond?: number;
  /** Connections of one address at a time; default 0: as many as the gate takes. */
  readonly connectionsPerAddress?: number;
  /** Each connection is secured: PEM texts. With `websocket`: wss. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `true`, a path, or more about it. */
  readonly websocket?: boolean | string | WebSocketConf;
  readonly [own: string]: unknown;
}

/**
 * What a gate does with its clients. Each call is a thread of its own, started in the order of what
 * has happened: one that waits does not hold up the next.
 */
export interface GateHandler {
  /** A client, who is not read before `openClient`. `peer` is "ip:port". */
  connect(fd: number, peer: string): unknown;
  /** A whole frame, without its length. The bytes are the handler's. */
  message(fd: number, frame: Uint8Array): unknown;
  /**
   * The client sends no more, or the connection is gone. After a client's own end `closeClient` is
   * still to be called: until then it can be written to, and keeps its socket. Told also of a
   * client who was refused at `maxclient`, who never was connected.
   */
  disconnect?(fd: number): unknown;
  /** The connection broke, or was ended for a limit; `disconnect` follows. */
  error?(fd: number, text: string): unknown;
  /** So many KiB wait for a client: from 1 MiB on, at each doubling, and 0 when all is sent. */
  warning?(fd: number, kib: number): unknown;
  /**
   * The port is open; what it returns is the reply of the command `open`. When it fails, the port
   * is closed again.
   */
  open?(source: Address, conf: GateConf & { readonly address: string }): unknown;
  /** Any other command; what it returns is the reply. Without it COMMAND_UNKNOWN. */
  command?(command: string, source: Address, ...args: any[]): unknown;
  /** True: the service starts itself, and the gate is a part of it. */
  readonly embed?: boolean;
}

/**
 * Makes this service a gate. It answers "lua" messages: `open` with a GateConf opens the port,
 * `close` closes it, and clients stay; all others go to the handler's `command`.
 * `open` fails with GATE_OPEN while it listens, with LISTEN_FAILED, and with ARGUMENT_INVALID for a
 * conf that is not valid. (gateserver.start)
 */
export function start(handler: GateHandler): void;

/** Begins to read a client. Nothing happens for one that has gone. (gateserver.openclient) */
export function openClient(fd: number): void;

/**
 * Ends a client when all has been sent to it. Unknown ones are ignored. (gateserver.closeclient)
 */
export function closeClient(fd: number): void;

/**
 * From here on the host brings the client's frames to a service as messages of kind "client", with
 * the fd as session and `client`, or this service, as source; and begins to read the client. The
 * service calls ignoreRet, and answers by `writeFrame` of isonet/socket. It is not sent more than
 * it takes: its clients are held back. When it ends, they are ended, and `error` and `disconnect`
 * are told.
 */
export function forward(fd: number, to: Address, client?: Address | 0): void;

/** Ends a forward: frames come to `message` again. */
export function unforward(fd: number): void;
