// Console powers: what the console needs of the host and may not import.
// Shard 0. Made by the composition root from src/net and the host's own facts.
// Invariant: types only; the shapes are those of src/net, which a service does not know.

import type { Socket } from "node:net";
import type { Address } from "isonet";
import type { InsightPowers } from "./insight-powers.ts";
import type { Debugging } from "../debugging.ts";
import type { Devtools } from "../devtools/devtools.ts";
import type { CellFigures, Incident, OwnerStrikes } from "../../../wire/containment-figures.ts";
import type { MetricFamily } from "../../../wire/metric-family.ts";
import type { ShadowReport } from "../../../wire/shadow-report.ts";
import type { WebPowers } from "../web/web-powers.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export type ConsoleCloseReason =
  | { readonly kind: "ended" }
  | { readonly kind: "idle"; readonly idleMs: number }
  | { readonly kind: "slow"; readonly waitingBytes: number; readonly writeBytesMax: number }
  | { readonly kind: "broken"; readonly text: string };

/** One accepted TCP connection (src/net/connection.ts). */
export type ConsoleConnection = {
  readonly peer: string;
  open(handlers: {
    readonly onData: (chunk: Buffer) => void;
    readonly onEnd: () => void;
    readonly onClose: (reason: ConsoleCloseReason) => void;
  }): void;
  write(data: string): boolean;
  drained(): Promise<void>;
  pause(): void;
  resume(): void;
  end(): void;
  destroy(): void;
  handOver(unread: Uint8Array): Socket;
};

type ConsoleListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly portOption: string;
  readonly connectionsMax: number;
  readonly idleMs: number;
  readonly writeBytesMax: number;
  readonly onConnection: (connection: ConsoleConnection) => void;
  readonly onRefused: (peer: string) => void;
};

type ConsoleListener = {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
};

export type ConsoleLineReader = { push(chunk: Uint8Array): void; finish(): void };

type ConsoleLineHandlers = {
  readonly onLine: (line: string) => void;
  readonly onOverlong: () => void;
};

/** Figures of the host itself, for `host`, `cmem` and `jmem`. */
export type HostFacts = {
  readonly version: string;
  readonly nodeVersion: string;
  readonly pid: number;
  readonly uptimeMs: number;
  /** Every shard but the host's own: its services and the frames that wait there. */
  readonly shards: readonly {
    readonly index: number;
    readonly services: number;
    readonly waiting: number;
  }[];
  readonly isolates: number;
  readonly isolatesMax: number;
  /** process.memoryUsage(), in bytes. */
  readonly memory: {
    readonly rss: number;
    readonly heapTotal: number;
    readonly heapUsed: number;
    readonly external: number;
    readonly arrayBuffers: number;
  };
};

/** What the host knows and does about untrusted services. */
export type ContainmentPowers = {
  readonly cells: () => readonly CellFigures[];
  readonly strikes: () => readonly OwnerStrikes[];
  /** False when the owner has no strikes. */
  readonly forgive: (owner: string) => boolean;
  /** The latest first. */
  readonly incidents: () => readonly Incident[];
  /** Every limit by name, options as they are set. */
  readonly limits: () => Readonly<Record<string, number>>;
};

export type DebugPowers = { readonly debugging: Debugging; readonly devtools: Devtools };
/** A recording that is being written. */
export type RecordingFigures = {
  readonly address: string;
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
};

/** What the host does about recordings of services. */
export type RecordingPowers = {
  readonly list: () => readonly RecordingFigures[];
  /** The services of this name that start from here on are recorded. */
  readonly next: (name: string) => void;
  /** False when they were not to be. */
  readonly forgetNext: (name: string) => boolean;
  /**
   * Has a running service recorded, which is started anew in its own place for it; nothing happens
   * when it is recorded already. Fails with RECORDING_REFUSED, REPLACE_FAILED, ADDRESS_UNKNOWN.
   */
  readonly logon: (address: number) => Promise<RecordingFigures>;
  /** Resolves when the file is whole. Fails with RECORDING_REFUSED when there is none. */
  readonly logoff: (address: number) => Promise<RecordingFigures>;
};

/** What the host does about patched copies beside services. */
export type ShadowingPowers = {
  /** Resolves when the copy has had its first turn. */
  readonly start: (address: Address, source: string, msMax: number) => Promise<ShadowReport>;
  readonly ended: (address: Address, withinMs: number) => Promise<ShadowReport>;
  readonly stop: (address: Address) => Promise<ShadowReport>;
  readonly list: () => Promise<readonly ShadowReport[]>;
};

export type ConsolePowers = {
  /** Where to listen; port 0: any. */
  readonly at: { readonly host: string; readonly port: number };
  readonly listen: (options: ConsoleListenOptions) => Promise<ConsoleListener>;
  readonly lineReader: (lineBytesMax: number, handlers: ConsoleLineHandlers) => ConsoleLineReader;
  /** Text of a file of the host's machine. Fails when it is no file, or larger than `bytesMax`. */
  readonly readFile: (path: string, bytesMax: number) => Promise<string>;
  readonly clock: {
    nowMs(): number;
    after(ms: number, handler: () => void): () => void;
  };
  readonly facts: () => HostFacts;
  readonly containment: ContainmentPowers;
  readonly insight: InsightPowers;
  /** Undefined: services of this host cannot be debugged. */
  readonly debug: DebugPowers | undefined;
  readonly recordings: RecordingPowers;
  readonly shadowing: ShadowingPowers;
  /** Figures in the text format of Prometheus, and what kind of text that is. */
  readonly metrics: {
    readonly contentType: string;
    readonly textOf: (families: readonly MetricFamily[]) => Promise<string>;
  };
  readonly web: WebPowers;
  /** Address of the dashboard, with its token. */
  readonly dashboardUrl: () => string;
  readonly log: (level: LogLevel, text: string) => void;
};
