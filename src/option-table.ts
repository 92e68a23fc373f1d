// Option table: every option of a host with its meaning, range, unit and default.
// Main thread, before anything starts. Read by options.ts, and printed by `isonet start --help`.
// Invariant: an option is here, in HostOptions and in ResolvedOptions, or the compiler refuses it.

import os from "node:os";
import { limits } from "../wire/limits.ts";
import { isolateCeiling } from "./engine/ceiling.ts";
import { choice, directoryPath, flag, wholeNumber, type ReaderTable } from "./option-readers.ts";
import { cellOptions } from "./cell-options.ts";
import {
  consoleOption,
  devtoolsOption,
  envOption,
  logOption,
  servicePath,
  startOrder,
} from "./option-shapes.ts";
import type { ResolvedOptions } from "./options.ts";

const mib = 1024 * 1024;
const timerMsMax = 2_147_483_647; // what setTimeout takes: 24 days

export const optionTable: ReaderTable<ResolvedOptions> = {
  node: wholeNumber({
    about: "number of this node, the first two digits of its addresses",
    min: 1,
    max: 255,
    initial: 1,
  }),
  shards: wholeNumber({
    about: "threads for services",
    min: 1,
    max: 64,
    initial: () => Math.min(os.availableParallelism(), 64),
    defaultText: "one for each core",
  }),
  servicePath: servicePath(),
  start: startOrder(),
  memoryMb: wholeNumber({
    about: "heap of one service, unless its launch says otherwise",
    unit: "MiB",
    min: 8,
    max: 16_384,
    initial: limits.memoryMb,
  }),
  mailboxDepthMax: wholeNumber({
    about: "messages that wait in one mailbox; more are refused",
    unit: "messages",
    min: 16,
    max: 1_048_576,
    initial: limits.mailboxDepthMax,
  }),
  mailboxBytesMax: wholeNumber({
    about: "bytes that wait in one mailbox; more are refused",
    unit: "bytes",
    min: 65_536,
    max: 1024 * mib,
    initial: limits.mailboxBytesMax,
  }),
  messageBytesMax: wholeNumber({
    about: "largest message, its header included; at most mailboxBytesMax",
    unit: "bytes",
    min: 1024,
    max: limits.messageBytesMax,
    initial: limits.messageBytesMax,
  }),
  callTimeoutMs: wholeNumber({
    about: "time for a call's reply, unless the call says otherwise",
    unit: "milliseconds",
    min: 0,
    max: timerMsMax,
    initial: limits.callTimeoutMs,
    note: "0: for ever",
  }),
  turnMsMax: wholeNumber({
    about: "a turn that runs longer is interrupted",
    unit: "milliseconds",
    min: 0,
    max: 3_600_000,
    initial: limits.turnMsMax,
    note: "0: never",
  }),
  startMsMax: wholeNumber({
    about: "time for a service to load and to start",
    unit: "milliseconds",
    min: 10,
    max: 3_600_000,
    initial: limits.startMsMax,
  }),
  batchWeight: choice({
    about: "share of its mailbox a service gets in one turn: -1 one message, 0 all, 1 half …",
    of: [-1, 0, 1, 2, 3],
    initial: 0,
  }),
  warmIsolates: wholeNumber({
    about: "isolates kept ready on each shard, for fast launches",
    min: 0,
    max: 256,
    initial: 4,
  }),
  isolatesMax: wholeNumber({
    about: "isolates of the whole process; a launch beyond it is refused",
    min: 1,
    max: isolateCeiling(),
    initial: isolateCeiling,
    note: "what vm.max_map_count of this machine allows",
    defaultText: `${isolateCeiling()} on this machine`,
  }),
  ...cellOptions,
  console: consoleOption(),
  devtools: devtoolsOption(),
  log: logOption(),
  profileDirectory: directoryPath(
    "where heap snapshots and profiles of services are written",
    "isonet-profiles",
  ),
  spans: flag("traced requests go to the OpenTelemetry SDK of the embedder", false),
  recordPath: directoryPath("where recordings of services are written", "recordings"),
  env: envOption(),
};
