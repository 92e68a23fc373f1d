// Sproto limits: the bounds of schemas, values and bytes. Pure: host, clients, guests.
// Checked against docs/limits.md by test/tidy.
// Invariant: a table of its own, so that only who uses sproto has a copy.

export const sprotoLimits = {
  /** One encoded value, and what unpacking may give, in bytes. Skynet's figure. */
  encodedBytesMax: 16 * 1024 * 1024,
  /** Structs within structs, in values and in schemas. Skynet's figure. */
  depthMax: 64,
  /** Tags of fields and protocols: a record of 16 bits must be able to say them, and be even. */
  tagMax: 32_766,
  /** Decimals of a fixed-point number: its factor fits into 32 bits. */
  decimalsMax: 9,
  /** Characters of a schema. */
  schemaCharsMax: 1024 * 1024,
  /** Requests of one RPC host whose responses are awaited. */
  sessionsMax: 65_536,
} as const;
