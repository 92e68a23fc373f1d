// Gate limits: the bounds of the players' connections. Main thread.
// Invariant: what all connections together can hold is playersMax times what one can.

export const gateLimits = {
  /** Players at once, on both doors. An agent takes about 1.3 MiB when idle. */
  playersMax: 200,
  /** Connections that are told that the world is full, at once; more are closed without a word. */
  refusalsMax: 32,
  /** Silence after which a connection is ended. */
  idleMs: 30 * 60_000,
  /** One line of the door, its end not counted. */
  lineBytesMax: 2048,
  /** An uploaded script, its lines together. A frame of the gate holds 65,535 bytes anyway. */
  uploadBytesMax: 32 * 1024,
  /** Characters of one text to a player; a frame of the gate holds their bytes. */
  textMax: 16_000,
  /** What waits for a player who does not read; then the connection is ended. */
  writeBytesMax: 256 * 1024,
  /**
   * Lines of one player that are passed on in one second; more wait, and the player is held back.
   */
  linesPerSecondMax: 40,
  /** How long an agent may take for one line, or for a hand-over. */
  answerMs: 5000,
} as const;
