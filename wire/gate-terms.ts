// Gate terms: what a service asks of a port beside its address: how its connections are cut into
// frames, and what one address may take. Neutral: host and guest.
// Made by the libraries isonet/gateserver and isonet/loginserver, checked by the host; read by
// src/net.
// Invariant: every figure is a whole number within the limits of its kind.

export type FrameTerms = {
  /** Bytes of a frame's length, big-endian. */
  readonly lengthBytes: 2 | 4;
  /** Bytes of a frame without its length; whoever announces more is ended. */
  readonly frameBytesMax: number;
  /** Silence after which a connection is ended, in milliseconds; 0: never. */
  readonly idleMs: number;
  /** WebSocket instead of lengths: one binary or text message is one frame. */
  readonly websocket?: WebSocketTerms | undefined;
};

export type WebSocketTerms = {
  /** Where the connections are taken; undefined: anywhere. */
  readonly path?: string | undefined;
  /** Pages that may connect; undefined: all. What is no browser sends no origin and is let in. */
  readonly origins?: readonly string[] | undefined;
  /** Frames are sent as text messages. */
  readonly sendsText: boolean;
};

export type AddressTerms = {
  /** Connects of one address in a second; 0: any number. */
  readonly connectsPerSecondMax: number;
  /** Connections of one address; 0: any number. */
  readonly connectionsMax: number;
};

/** What the figures can be. */
export const gateTermBounds = {
  idleMs: [0, 0x7fff_ffff],
  connectsPerSecondMax: [0, 1_000_000],
  connectionsMax: [0, 65_536],
  path: 1024,
  origins: 64,
  originLength: 256,
} as const;
