// Log levels of a text message: its first byte, as pino numbers them. Neutral: host and guest.
// Written by sandbox/log.ts and shard/shard.ts, read by the logger service.
// Invariant: a byte that is none of these reads as info.

/** Level bytes, by name. */
export const LogLevel = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** Name of a level, as in the option log.level. */
export type LogLevelName = keyof typeof LogLevel;
