// Service state: the packed bytes that a service exports, for a restart or another cell. Neutral.
// Checked by whoever has asked for it: the launcher, or a cell of one of its services.

import { CodedError } from "./coded-error.ts";

/** The state itself. Fails with MESSAGE_TOO_LARGE. */
export function checkedState(state: Uint8Array, bytesMax: number): Uint8Array {
  if (state.length <= bytesMax) return state;
  throw new CodedError(
    "MESSAGE_TOO_LARGE",
    `the state has ${state.length} bytes of ${bytesMax} (checkpointBytesMax)`,
  );
}
