// Web powers: what the dashboard's server needs of the host and may not import.
// Shard 0. Made by the composition root.
// Invariant: types only.

import type { Readable } from "node:stream";
import type { LogLine } from "../../../wire/dashboard-figures.ts";

/** One guest service as the host itself knows it: nobody is asked for it. */
export type PlacedService = {
  readonly address: string;
  readonly title: string;
  readonly module: string;
  readonly owner: string;
  readonly isTrusted: boolean;
  /** "shard 1" or "cell 4"; "" while it has none. */
  readonly place: string;
};

/** One file of the page. */
export type Asset = { readonly type: string; readonly bytes: Uint8Array };

/** A file of the host's machine, open for reading from its begin. */
export type OpenFile = { readonly bytes: number; readonly stream: Readable };

export type WebPowers = {
  /** Who has it may see and do everything. Made anew with each host. */
  readonly token: string;
  readonly services: () => readonly PlacedService[];
  /** Lines behind number `after`, the oldest first; of one speaker when its address is given. */
  readonly logAfter: (after: number, addressText?: string) => readonly LogLine[];
  /** A file of the page by its name; undefined when it is none. */
  readonly asset: (name: string) => Promise<Asset | undefined>;
  /** Fails when it is no regular file, or not there any more. */
  readonly openFile: (path: string) => Promise<OpenFile>;
};
