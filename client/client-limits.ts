// Client limits: the bounds and waits of the client library, each the default of an option.
// Read by the files beside it.
// Invariant: a server, whatever it sends, makes a client hold no more than these say.

export const clientLimits = {
  /** Time until a connection is there, in milliseconds. */
  connectMs: 10_000,
  /** Time for each answer of a handshake, in milliseconds. */
  replyMs: 10_000,
  /** Time for the answer to a request, reconnections included, in milliseconds. */
  requestMs: 30_000,
  /** Time for a connection to end in good order; then it is cut. */
  closeMs: 2000,
  /** Body of one frame behind a length of four bytes, or of one WebSocket message. */
  frameBytesMax: 16 * 1024 * 1024 - 1,
  /** One line of the login server. */
  lineBytesMax: 8 * 1024,
  /** Bytes that wait for a program that does not take them. */
  inboundBytesMax: 4 * 1024 * 1024,
  /** Bytes that wait for a server that does not take them. */
  outboundBytesMax: 16 * 1024 * 1024,
  /** Requests at the message server at once: a quarter of the answers that it keeps at least. */
  windowMax: 32,
  /** Requests of one message client that have no answer, those not yet sent included. */
  requestsMax: 1024,
  /** First wait before a reconnection, in milliseconds; it doubles. */
  backOffMs: 100,
  /** Longest wait before a reconnection, in milliseconds. */
  backOffMsMax: 10_000,
  /** Reconnections in a row that fail before a message client gives up. */
  attemptsMax: 20,
} as const;
