// Launch order: what the control service of a shard or a cell is told to create.
// Shard 0. Made by launcher.ts and relocation.ts.
// Invariant: its address is placed there already.

import type { Address, LaunchOptions, RestartPolicy } from "isonet";
import type { ServiceTerms } from "../../wire/service-terms.ts";

/** What a place is told to create. */
export type LaunchOrder = {
  readonly address: Address;
  readonly name: string;
  readonly file: string;
  readonly root: string;
  readonly modules?: LaunchOptions["modules"];
  /** Text of the main module in place of its file: an operator has changed it. */
  readonly mainText?: string | undefined;
  readonly terms: ServiceTerms;
  readonly restart: RestartPolicy;
  readonly incarnation: number;
  readonly state?: Uint8Array | undefined;
  /** It is recorded in each of its lives. */
  readonly isRecorded?: boolean | undefined;
  /** It has come from another cell, with its state. */
  readonly isFromElsewhere?: boolean;
};
