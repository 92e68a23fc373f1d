// Cell options: the rows of the option table that concern untrusted services and their processes.
// Main thread, before anything starts. Part of option-table.ts.
// Invariant: a default here is what an untrusted service gets when nobody says otherwise.

import os from "node:os";
import { limits } from "../wire/limits.ts";
import { wholeNumber, type OptionReader, type ReaderTable } from "./option-readers.ts";
import type { ResolvedOptions } from "./options.ts";

type CellOption =
  | "cells"
  | "warmCells"
  | "cellServicesMax"
  | "cellStallMs"
  | "cellMemoryMb"
  | "cellAgeMs"
  | "untrustedMemoryMb"
  | "untrustedMailboxMax"
  | "sliceMs"
  | "cpuPerSecondMs"
  | "sendsPerSecondMax";

/** A whole number within the range, or 0. */
function orZero(range: Parameters<typeof wholeNumber>[0]): OptionReader<number> {
  const reader = wholeNumber(range);
  return { ...reader, read: (value, place) => (value === 0 ? 0 : reader.read(value, place)) };
}

export const cellOptions: Pick<ReaderTable<ResolvedOptions>, CellOption> = {
  cells: wholeNumber({
    about: "processes for untrusted services",
    min: 0,
    max: 64,
    initial: () => Math.min(os.availableParallelism(), 64),
    defaultText: "one for each core",
    note: "0: no untrusted services",
  }),
  warmCells: wholeNumber({
    about: "processes for untrusted services kept ready, for a fast first launch",
    min: 0,
    max: 8,
    initial: 0,
  }),
  cellServicesMax: wholeNumber({
    about: "untrusted services in one process",
    min: 1,
    max: 1000,
    initial: limits.cellServicesMax,
  }),
  cellStallMs: wholeNumber({
    about: "a process of untrusted services that does not answer for this long is killed",
    unit: "milliseconds",
    min: 100,
    max: 60_000,
    initial: limits.cellStallMs,
  }),
  cellMemoryMb: wholeNumber({
    about: "memory of one process of untrusted services; beyond it, it is killed",
    unit: "MiB",
    min: 256,
    max: 1_048_576,
    initial: limits.cellMemoryMb,
  }),
  cellAgeMs: orZero({
    about: "a process of untrusted services that is older is emptied and ended",
    unit: "milliseconds",
    min: 1000,
    max: 2_592_000_000,
    initial: limits.cellAgeMs,
    note: "0: never",
  }),
  untrustedMemoryMb: wholeNumber({
    about: "heap of one untrusted service, unless its launch says otherwise",
    unit: "MiB",
    min: 8,
    max: 1024,
    initial: limits.untrustedMemoryMb,
  }),
  untrustedMailboxMax: wholeNumber({
    about: "messages that wait for one untrusted service, unless its launch says otherwise",
    unit: "messages",
    min: 16,
    max: 65_536,
    initial: limits.untrustedMailboxMax,
  }),
  sliceMs: wholeNumber({
    about: "a turn of an untrusted service that runs longer is interrupted",
    unit: "milliseconds",
    min: 10,
    max: 5000,
    initial: limits.sliceMs,
  }),
  cpuPerSecondMs: wholeNumber({
    about: "time of a core each second, for all untrusted services of one owner",
    unit: "milliseconds",
    min: 1,
    max: 1000,
    initial: limits.cpuPerSecondMs,
  }),
  sendsPerSecondMax: wholeNumber({
    about: "messages an untrusted service may send each second",
    unit: "messages",
    min: 0,
    max: 1_000_000,
    initial: limits.sendsPerSecondMax,
    note: "0: as many as it can",
  }),
};
