// Service manager commands: services of which there is one by name. Host service ".service"
// (reference §9.3).
// Neutral: the commands' types for callers in both worlds. Implemented by
// services/host/service-manager.ts.
// Invariant: a name is launched once; a failed launch stays failed.

import type { Address } from "isonet";

export type ServiceManagerCommands = {
  /** Starts the service, or waits for the start under way. Fails with UNIQUE_FAILED. */
  launch(name: string, args: readonly unknown[]): Address;
  /** Waits until somebody has launched it, as long as the caller's deadline allows. */
  query(name: string): Address;
  /** By name: the address as text, "Error: …", or who launches and who waits. */
  list(): Record<string, string>;
};
