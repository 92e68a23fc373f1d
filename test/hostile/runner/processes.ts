// Processes: what the operating system tells of this process and its children: memory, descriptors.
// The process of the runner's host. Linux; elsewhere the children are not seen.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { residentBytes } from "../../../src/cell/process-figures.ts";

const mib = 1024 * 1024;
const nanosecondsPerMs = 1e6;

/** Process ids of the living children of this process. */
export function childPids(): number[] {
  return threads().flatMap((thread) =>
    read(`/proc/self/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** Resident memory of this process and its children together. */
export function residentMb(): number {
  const pids = [process.pid, ...childPids()];
  const bytes = pids.reduce((sum, pid) => sum + (residentBytes(pid) ?? 0), 0);
  return Math.round(bytes / mib);
}

/** Milliseconds that the main thread of a process has waited for a processor: proc_schedstat(5). */
export function waitedMs(pid: number): number {
  return Number(read(`/proc/${pid}/schedstat`).split(" ")[1] ?? 0) / nanosecondsPerMs;
}

/** Open descriptors of this process, each with what it is open on. */
export function descriptors(): string[] {
  return list("/proc/self/fd").flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // the one that listed them
    }
  });
}

function threads(): string[] {
  return list("/proc/self/task");
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
