// Gate limits: the bounds of gates, login servers and message servers. Neutral: host and guest.
// Defaults of their configurations, but for those that are fixed. Checked against docs/limits.md by
// test/tidy.
// Invariant: whatever a stranger can make a server keep has a bound here, or one of the sockets'.

export const gateLimits = {
  /** conf.maxclient: one less is let in. Skynet's figure (reference §6.1). */
  maxclient: 1024,
  /** conf.connectsPerSecond: of one address; a town behind one router may log in at once. */
  connectsPerSecondMax: 10_000,
  /** conf.frameBytesMax with a length of four bytes. Skynet's C gate closes at 16 MiB. */
  longFrameBytesMax: 16 * 1024 * 1024 - 1,
  /** conf.handshakeMs: Skynet waits for ever. */
  handshakeMs: 30_000,
  /** Connections of a login server that have not got their result. */
  loginsMax: 4096,
  /** Unread bytes of a connection that logs in. Skynet's figure (reference §6.4). */
  loginBytesMax: 8192,
  /** A client has this long to hang up after its result, which Skynet leaves to it for ever. */
  loginLingerMs: 2000,
  /** conf.instance: slaves of a login server. Skynet's figure. */
  loginSlaves: 8,
  /** Slaves at most. */
  loginSlavesMax: 64,
  /** conf.expired_number: answers kept for each user. Skynet's figure (reference §6.6). */
  expiredNumber: 128,
  /** conf.keptBytesMax: of those answers; Skynet keeps up to 16 MiB for each user. */
  keptBytesMax: 4 * 1024 * 1024,
  /** conf.requestsMax: requests of one user whose handler has not ended. */
  requestsMax: 1024,
} as const;
