// Options: what a host can be told, and the complete, checked form the rest of the code reads.
// Main thread, before anything starts. Given by an embedder, or read from a file by config-file.ts.
// Invariant: resolved options are frozen, whole and consistent; no code beyond this has a default
// of its own.

import { CodedError } from "../wire/coded-error.ts";
import type { BatchWeight } from "./kernel/batch.ts";
import type { LogOptions } from "./log/log.ts";
import { isRecord, readTable, refusal } from "./option-readers.ts";
import { optionTable } from "./option-table.ts";

/** Settings of a host; every one may be left out. */
export type HostOptions = {
  /**
   * Number of this node (Skynet's harbor id), the high 8 bits of its addresses: 1 to 255, default
   * 1.
   */
  readonly node?: number | undefined;
  /** Threads for services: 1 to 64, default one for each core. */
  readonly shards?: number | undefined;
  /**
   * Where files of services are looked for: patterns with a "?" for the name, tried in order;
   * relative ones start from the configuration file's directory. Default
   * `./services/?.ts;./services/?.js`; the package's own services come last.
   */
  readonly servicePath?: string | readonly string[] | undefined;
  /** Service to launch first: "name argument …", or its name and arguments. Default: none. */
  readonly start?: string | StartOptions | undefined;
  /** Heap of one service in MiB, unless its launch says otherwise: 8 to 16,384, default 128. */
  readonly memoryMb?: number | undefined;
  /**
   * Messages that wait in one mailbox: 16 to 1,048,576, default 65,536. Beyond it senders get
   * MAILBOX_FULL.
   */
  readonly mailboxDepthMax?: number | undefined;
  /**
   * Bytes that wait in one mailbox: 64 KiB to 1 GiB, default 32 MiB. Beyond it senders get
   * MAILBOX_FULL.
   */
  readonly mailboxBytesMax?: number | undefined;
  /**
   * Largest message with its header, in bytes: 1 KiB to 16 MiB, the default. At most
   * mailboxBytesMax.
   */
  readonly messageBytesMax?: number | undefined;
  /**
   * Milliseconds for a call's reply, unless the call says otherwise: 0 (for ever) to 2^31 - 1,
   * default 30,000.
   */
  readonly callTimeoutMs?: number | undefined;
  /** Milliseconds after which a turn is interrupted: 0 (never) to 3,600,000, default 5,000. */
  readonly turnMsMax?: number | undefined;
  /** Milliseconds for a service to load and to start: 10 to 3,600,000, default 30,000. */
  readonly startMsMax?: number | undefined;
  /**
   * Share of its mailbox a service gets in one turn: -1 one message, 0 all (default), 1 half, 2 a
   * quarter, 3 an eighth.
   */
  readonly batchWeight?: BatchWeight | undefined;
  /** Isolates kept ready on each shard: 0 to 256, default 4. */
  readonly warmIsolates?: number | undefined;
  /** Isolates of the whole process: 1 to what vm.max_map_count allows, which is the default. */
  readonly isolatesMax?: number | undefined;
  /**
   * Processes for untrusted services: 0 to 64, default one for each core. With 0 no untrusted
   * service can be launched.
   */
  readonly cells?: number | undefined;
  /**
   * Processes for untrusted services that are kept ready from the host's start on: 0 to 8, default
   * 0. Without it the first untrusted service waits for its process.
   */
  readonly warmCells?: number | undefined;
  /** Untrusted services of one cell: 1 to 1,000, default 250. */
  readonly cellServicesMax?: number | undefined;
  /**
   * Milliseconds after which a cell that does not answer is killed: 100 to 60,000, default 1,000.
   */
  readonly cellStallMs?: number | undefined;
  /**
   * Memory of one cell's process in MiB, beyond which it is killed: 256 to 1,048,576, default
   * 4,096.
   */
  readonly cellMemoryMb?: number | undefined;
  /**
   * Milliseconds after which a cell takes no more services, gives those it has to other cells and
   * is ended: 0 (never), or 1,000 to 2,592,000,000 (30 days); default 86,400,000 (a day).
   */
  readonly cellAgeMs?: number | undefined;
  /**
   * Heap of one untrusted service in MiB, unless its launch says otherwise: 8 to 1,024, default 32.
   */
  readonly untrustedMemoryMb?: number | undefined;
  /** Messages that wait for one untrusted service: 16 to 65,536, default 1,024. */
  readonly untrustedMailboxMax?: number | undefined;
  /**
   * Milliseconds after which an untrusted service's turn is interrupted, unless its launch says
   * otherwise: 10 to 5,000, default 50.
   */
  readonly sliceMs?: number | undefined;
  /**
   * CPU milliseconds that the owner of untrusted services gets each second, unless a launch says
   * otherwise: 1 to 1,000, default 250.
   */
  readonly cpuPerSecondMs?: number | undefined;
  /**
   * Messages that an untrusted service may send each second: 0 (as many as it can) to 1,000,000,
   * default 10,000.
   */
  readonly sendsPerSecondMax?: number | undefined;
  /**
   * Where the debug console listens: default 127.0.0.1 and 8000; port 0 to 65,535 (0: any free
   * one); false: nowhere.
   */
  readonly console?: false | Partial<ConsoleOptions> | undefined;
  /**
   * Where endpoints for DevTools listen, each opened by the command `devtools`: default 127.0.0.1,
   * and port 0 (any free one for each).
   */
  readonly devtools?: Partial<DevtoolsOptions> | undefined;
  /**
   * Where log lines go (default: standard output), in which format (default: auto), from which
   * level (default: info).
   */
  readonly log?: Partial<LogOptions> | undefined;
  /**
   * Directory of heap snapshots and profiles that operators have written; made when needed. Default
   * `./isonet-profiles`.
   */
  readonly profileDirectory?: string | undefined;
  /**
   * Gives each traced request to the OpenTelemetry SDK that the embedder has registered, as a span.
   * Default false.
   */
  readonly spans?: boolean | undefined;
  /** Folder of recordings (console: logon), made when it is needed. Default `./recordings`. */
  readonly recordPath?: string | undefined;
  /** Settings of your own, which services read with getEnv as texts. */
  readonly env?: Readonly<Record<string, string | number | boolean>> | undefined;
};

/** The first service with arguments of any kind; they are packed as those of newService. */
export type StartOptions = {
  readonly name: string;
  readonly args?: readonly unknown[] | undefined;
};

/** The service to launch first. */
export type StartOrder = { readonly name: string; readonly args: readonly unknown[] };

/** Where the debug console listens. */
export type ConsoleOptions = { readonly host: string; readonly port: number };

/** Where endpoints for DevTools listen. */
export type DevtoolsOptions = { readonly host: string; readonly port: number };

/** Every option, checked; frozen. */
export type ResolvedOptions = {
  readonly node: number;
  readonly shards: number;
  /** Absolute patterns, in the order they are tried. */
  readonly servicePath: readonly string[];
  readonly start: StartOrder | undefined;
  readonly memoryMb: number;
  readonly mailboxDepthMax: number;
  readonly mailboxBytesMax: number;
  readonly messageBytesMax: number;
  readonly callTimeoutMs: number;
  readonly turnMsMax: number;
  readonly startMsMax: number;
  readonly batchWeight: BatchWeight;
  readonly warmIsolates: number;
  readonly isolatesMax: number;
  readonly cells: number;
  readonly warmCells: number;
  readonly cellServicesMax: number;
  readonly cellStallMs: number;
  readonly cellMemoryMb: number;
  readonly cellAgeMs: number;
  readonly untrustedMemoryMb: number;
  readonly untrustedMailboxMax: number;
  readonly sliceMs: number;
  readonly cpuPerSecondMs: number;
  readonly sendsPerSecondMax: number;
  readonly console: ConsoleOptions | false;
  readonly devtools: DevtoolsOptions;
  readonly log: Required<LogOptions>;
  readonly profileDirectory: string;
  readonly recordPath: string;
  readonly spans: boolean;
  readonly env: Readonly<Record<string, string>>;
};

/**
 * Checks `user` and fills in what it leaves out; relative paths start from `directory`.
 * Takes resolved options too, and gives them back.
 * Fails with CONFIG_INVALID: unknown key, wrong type, out of range, or two options that contradict
 * each other.
 */
export function resolveOptions(user: HostOptions, directory = process.cwd()): ResolvedOptions {
  if (!isRecord(user)) throw refusal("the configuration", user, "an object of options");
  const options = readTable(optionTable, user, { key: "", directory });
  checkRelations(options, user);
  return user.warmIsolates === undefined ? withFittingPool(options) : options;
}

function checkRelations(options: ResolvedOptions, user: HostOptions): void {
  const { messageBytesMax, mailboxBytesMax, warmIsolates, shards, isolatesMax } = options;
  if (messageBytesMax > mailboxBytesMax) {
    throw new CodedError(
      "CONFIG_INVALID",
      `messageBytesMax (${messageBytesMax}) is over mailboxBytesMax (${mailboxBytesMax}): ` +
        "no mailbox could take the largest message; lower the first or raise the second",
    );
  }
  if (user.warmIsolates !== undefined && warmIsolates * shards > isolatesMax) {
    throw new CodedError(
      "CONFIG_INVALID",
      `warmIsolates (${warmIsolates}) on each of ${shards} shards makes ` +
        `${warmIsolates * shards} isolates, over isolatesMax (${isolatesMax}); lower ` +
        "warmIsolates or shards",
    );
  }
}

/**
 * The default of warmIsolates gives way where few isolates are allowed: half of them stay for
 * services.
 */
function withFittingPool(options: ResolvedOptions): ResolvedOptions {
  const fitting = Math.floor(options.isolatesMax / options.shards / 2);
  return Object.freeze({ ...options, warmIsolates: Math.min(options.warmIsolates, fitting) });
}
