// Registry commands: names of services and settings of the host. Host service ".registry".
// Neutral: the commands' types for callers in both worlds. Implemented by
// services/host/registry.ts.
// Invariant: a name belongs to its first owner until that owner ends; a setting never changes.

import type { Address } from "isonet";

export type RegistryCommands = {
  /**
   * Fails with NAME_TAKEN, NAME_INVALID, ADDRESS_DEAD. Every shard knows the name when it resolves.
   */
  register(name: string, address: Address): void;
  query(name: string): Address | undefined;
  /** All names with their addresses as text. */
  names(): Record<string, string>;
  getEnv(key: string): string | undefined;
  /** Fails with ENV_EXISTS. */
  setEnv(key: string, value: string): void;
};
