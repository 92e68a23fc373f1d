// Result line: how a login ends, as the client reads it (reference §6.4).
// Guest: part of "isonet/loginserver". Written by the master, last on each connection.
// Invariant: these lines and no others; what went wrong is for the log, not for a stranger.

import { base64Encode } from "../../wire/crypt/base64.ts";

/** What a login handler gives a user who is let in; undefined counts as an empty text. */
export type Subid = string | number | bigint | Uint8Array | undefined;

export const refusalLines = {
  unauthorized: "401 Unauthorized\n",
  forbidden: "403 Forbidden\n",
  notAcceptable: "406 Not Acceptable\n",
} as const;

export function acceptedLine(subid: Subid): string {
  const value = subid instanceof Uint8Array ? subid : String(subid ?? "");
  return `200 ${base64Encode(value)}\n`;
}
