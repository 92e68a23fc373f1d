// Process figures: what Linux tells of another process: its memory and its CPU time.
// Main thread. Read a few times a second for each cell.
// Invariant: a system that does not tell gives undefined, never a guess.

import { readFileSync } from "node:fs";

const pageBytes = 4096; // of x86-64 and of nearly every arm64 kernel
const clockTickMs = 10; // USER_HZ is 100 on every Linux
const userTimeField = 11; // proc_pid_stat(5): field 14, counted behind the name

/** The resident set; the second number of proc_pid_statm(5). */
export function residentBytes(pid: number): number | undefined {
  return whole(Number(read(pid, "statm").split(" ")[1]), pageBytes);
}

/** User and system time of all its threads. */
export function cpuMs(pid: number): number | undefined {
  const fields = read(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return whole(Number(fields[userTimeField]) + Number(fields[userTimeField + 1]), clockTickMs);
}

function whole(value: number, unit: number): number | undefined {
  return Number.isSafeInteger(value) ? value * unit : undefined;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
