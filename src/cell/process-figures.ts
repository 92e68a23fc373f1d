// Process figures: what Linux tells of another process: its memory, and its wait for a core.
// Main thread. Read a few times a second for each cell.
// Invariant: a system that does not tell gives undefined, never a guess.

import { readFileSync } from "node:fs";

const pageBytes = 4096; // of x86-64 and of nearly every arm64 kernel
const nsPerMs = 1e6;

/** The resident set; the second number of proc_pid_statm(5). */
export function residentBytes(pid: number): number | undefined {
  return whole(Number(read(pid, "statm").split(" ")[1]), pageBytes);
}

/** Time in which its main thread could have run and had no core; schedstat of Linux, field 2. */
export function waitedMs(pid: number): number | undefined {
  const [, waitedNs] = read(pid, "schedstat").split(" ");
  return whole(Math.round(Number(waitedNs) / nsPerMs), 1);
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
