// Service ending: what the shard of a service tells the launcher of its end. Neutral.
// Made by the shard's control service, or by whoever notices that a whole shard is gone.
// Invariant: an ending that keeps the address leaves it suspended in the directory.

import type { ErrorCode } from "./error-codes.ts";

export type ServiceEnding = {
  readonly code: ErrorCode;
  readonly text: string;
  /** Its address and names are kept: it is supervised, and this end is one to restart after. */
  readonly isKept: boolean;
  /** It ended by its own exit. */
  readonly hasExited: boolean;
  /** Which life of the address has ended; the first is 0. */
  readonly incarnation: number;
  /** It ended with its cell, in whose last turn it was not. Only the host says so. */
  readonly isInnocent?: boolean;
};
