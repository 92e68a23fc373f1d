// Hotfix commands: changes the code of running services. Host service ".hotfix".
// Neutral: the commands' types for callers. Implemented by services/host/hotfix.ts.
// Invariant: obeyed for the host's own services only.

import type { Address } from "isonet";

/** A function of the module: its name, and its line in the new text, from 1. */
export type PatchedFunction = { readonly name: string; readonly line: number };

/** What stands in the way; function "": the module's top level; variable "": none was found. */
export type Obstacle = {
  readonly function: string;
  readonly line: number;
  readonly variable: string;
  readonly why: string;
};

/** What became of an order for one service, each with its reason. */
export type HotfixOutcome =
  | {
      readonly kind: "applied";
      readonly reason: string;
      readonly functions: readonly PatchedFunction[];
    }
  | { readonly kind: "unchanged"; readonly reason: string }
  | {
      readonly kind: "needs-replacement";
      readonly reason: string;
      readonly obstacles: readonly Obstacle[];
    }
  | {
      readonly kind: "rejected";
      readonly reason: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "busy"; readonly reason: string };

/** How a text is to be brought into force. */
export type HotfixOptions = {
  /** Tells what would become of it; the service runs the text it ran. */
  readonly isDryRun?: boolean;
  /** What needs a replacement is replaced: a new isolate, with the state and the messages. */
  readonly isReplacing?: boolean;
  /** Of many services: so many first, and the others if these still live a while later. */
  readonly canaries?: number;
};

/** What became of one service; without an outcome: the code and the text of the failure. */
export type HotfixReport = {
  readonly address: string;
  readonly title: string;
  readonly outcome?: HotfixOutcome;
  readonly error?: string;
  /** Live, in a new isolate, or not at all: the text is not in force. */
  readonly how: "live" | "replaced" | "none";
  /** The version it runs from here on. */
  readonly version: string;
  /** Milliseconds for which it had no turn. */
  readonly heldMs: number;
};

/** What became of the services of one module. */
export type RollingReport = {
  readonly module: string;
  readonly reports: readonly HotfixReport[];
  /** Why it did not go on; "": every service was seen to. */
  readonly stopped: string;
  /** Services that were not seen to. */
  readonly remaining: number;
};

/** One version of a service's main module, or a patch of its methods ("snax"). */
export type VersionLine = {
  readonly version: string;
  readonly how: "start" | "live" | "replaced" | "reverted" | "snax";
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
};

/** What ".hotfix" is told. */
export type HotfixCommands = {
  /** Fails with ADDRESS_UNKNOWN, HOTFIX_FAILED, REPLACE_FAILED, and as calls do. */
  hotfix(address: Address, text: string, options?: HotfixOptions): HotfixReport;
  /** One after the other, every service of a module; the first that fails is the last. */
  hotfixAll(module: string, text: string, options?: HotfixOptions): RollingReport;
  /** Back to the version before. Fails with HOTFIX_REFUSED, and as `hotfix` does. */
  revert(address: Address, options?: HotfixOptions): HotfixReport;
  /** The versions of a service, the latest last; of every service what it runs. */
  versions(address?: Address): Record<string, readonly VersionLine[]>;
};
