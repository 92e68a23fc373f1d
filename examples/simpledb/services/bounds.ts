// Bounds: what one client, and all of them, may cost.

export const bounds = {
  /** Clients at a time; one more is told so and ended. */
  clientsMax: 1000,
  /** Bytes of a line; a client that sends more without an end of line is ended. */
  lineBytesMax: 16 * 1024,
  keyCharactersMax: 128,
  valueCharactersMax: 4096,
  entriesMax: 10_000,
  /** Of all keys and values together. */
  charactersMax: 8 * 1024 * 1024,
  /** Keys in one answer. */
  keysListedMax: 100,
  /** Ticks of 10 ms in which a client sends no whole line, or takes none of its answers. */
  idleTicks: 5 * 60 * 100,
} as const;
