// Net limits: the bounds of one TCP connection. Main thread.
// Read by the files beside it and, through their options, by whoever opens a port.
// Invariant: a connection never holds more memory than its read bound and its write bound together.

export const netLimits = {
  /** Body of one length-prefixed frame: what two bytes can say (reference §6.1). */
  prefixedBytesMax: 0xffff,
  /** One line of a text protocol, its end not counted. */
  lineBytesMax: 8 * 1024,
  /**
   * Bytes that wait for a reader: Skynet warns at this figure, and here the connection is closed
   * (reference §5.0).
   */
  writeBytesMax: 1024 * 1024,
  /** Connections that wait for accept. Skynet's figure (reference §15.6). */
  backlog: 32,
  /** Addresses that are remembered for their limits, beside those that are connected. */
  addressesMax: 65_536,
} as const;
