// Snax commands: orders about snax services. Host service ".snax".
// Neutral: the commands' types for callers in both worlds. Implemented by services/host/snax.ts.
// Invariant: what the service itself answers is handed back as it is.

import type { Address } from "isonet";

export type SnaxCommands = {
  /** Runs the service's exit function, whose result this is, and ends it. */
  kill(address: Address, args: readonly unknown[]): unknown;
  /** Replaces methods; what the patch's hotfix function returns. Fails with HOTFIX_REFUSED. */
  hotfix(address: Address, source: string, args: readonly unknown[]): unknown;
};
