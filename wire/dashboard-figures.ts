// Dashboard figures: what a host tells its dashboard: one snapshot of everything in each second,
// and lines of its log. Neutral.
// Made by services/host/web, shown by dashboard/.
// Invariant: JSON carries them as they are; texts in them are as services wrote them.

import type { CellFigures, OwnerStrikes } from "./containment-figures.ts";

/** One service in one second. */
export type ServiceRow = {
  /** Text address. */
  readonly address: string;
  /** Name and arguments. */
  readonly title: string;
  readonly module: string;
  readonly owner: string;
  readonly isTrusted: boolean;
  /** "shard 1" or "cell 4"; "" while it has none. */
  readonly place: string;
  /** As its shard says; "starting", "restarting", or "no answer" with the last figures known. */
  readonly state: string;
  /** Which version of its module it runs, where that is known; else "". */
  readonly version: string;
  readonly messages: number;
  readonly messagesPerSecond: number;
  readonly cpuSeconds: number;
  /** Share of one core: 1 is all of it. */
  readonly cpuShare: number;
  readonly heapBytes: number;
  readonly heapLimitBytes: number;
  /** Messages that wait in its mailbox. */
  readonly queue: number;
  readonly tasks: number;
  readonly timers: number;
  readonly restarts: number;
  readonly refused: number;
  readonly faults: number;
  /** Points of its owner. */
  readonly strikes: number;
};

/** The order in which a row's values are sent. */
export const serviceColumns = [
  "address",
  "title",
  "module",
  "owner",
  "isTrusted",
  "place",
  "state",
  "version",
  "messages",
  "messagesPerSecond",
  "cpuSeconds",
  "cpuShare",
  "heapBytes",
  "heapLimitBytes",
  "queue",
  "tasks",
  "timers",
  "restarts",
  "refused",
  "faults",
  "strikes",
] as const satisfies readonly (keyof ServiceRow)[];

/** CPU of one owner's untrusted services in one cell. */
type OwnerRow = {
  readonly cell: string;
  readonly owner: string;
  readonly services: number;
  readonly balanceMs: number;
  readonly chargedMs: number;
  readonly waitingMs: number;
};

export type Snapshot = {
  /** Counts the samples of this host: the same number is the same snapshot. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly host: {
    readonly version: string;
    readonly nodeVersion: string;
    readonly node: number;
    readonly pid: number;
    readonly uptimeMs: number;
    readonly isolates: number;
    readonly isolatesMax: number;
    /** Of the host's process. */
    readonly rssBytes: number;
    readonly shards: readonly {
      readonly index: number;
      readonly services: number;
      readonly waiting: number;
    }[];
  };
  /** Names of `services`' values. */
  readonly columns: readonly string[];
  readonly services: readonly (readonly (string | number | boolean)[])[];
  readonly cells: readonly CellFigures[];
  readonly owners: readonly OwnerRow[];
  readonly strikes: readonly OwnerStrikes[];
  /** Number of the latest post-mortem record, 0 without one, and how many are kept. */
  readonly incidents: { readonly latest: number; readonly count: number };
};

/** One line of the log. */
export type LogLine = {
  /** Counts the lines of this host. */
  readonly number: number;
  readonly timeMs: number;
  readonly level: string;
  /** Text address of the speaker. */
  readonly address: string;
  readonly name: string;
  readonly text: string;
};
