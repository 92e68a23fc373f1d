// CPU wait: how long the cells of this host, and its main thread that watches them, wanted a
// processor and did not get one.
// The process of the runner's host. Looks at intervals, since a cell that ends takes its figures
// along.
// Invariant: 0 where the system does not tell: then every delay counts against the host.

import { childPids, waitedMs } from "./processes.ts";

const intervalMs = 50;

export class CpuWait {
  readonly #timer: NodeJS.Timeout;
  readonly #first = new Map<number, number>();
  readonly #last = new Map<number, number>();

  constructor() {
    this.#look();
    this.#timer = setInterval(() => this.#look(), intervalMs);
  }

  /** Counts from here on. */
  reset(): void {
    this.#first.clear();
    this.#last.clear();
    this.#look();
  }

  /** Of the main thread, and of the cell that waited longest. */
  get ms(): number {
    this.#look();
    const waits = [...this.#last]
      .filter(([pid]) => pid !== process.pid)
      .map(([pid]) => this.#waitedMs(pid));
    return Math.round(this.#waitedMs(process.pid) + Math.max(0, ...waits));
  }

  #waitedMs(pid: number): number {
    const last = this.#last.get(pid) ?? 0;
    return last - (this.#first.get(pid) ?? last);
  }

  #look(): void {
    for (const pid of [process.pid, ...childPids()]) {
      const waited = waitedMs(pid);
      if (!this.#first.has(pid)) this.#first.set(pid, waited);
      if (waited > 0) this.#last.set(pid, waited);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
