// Leak check: what of a host is still there when it has stopped.
// The process of the soak.
// Invariant: compared with what was there before the host was started.

import { setTimeout as pause } from "node:timers/promises";
import { childPids, descriptors } from "../runner/processes.ts";
import { leakCount, type Leaks } from "./figures.ts";

const goneMsMax = 3000;
const pollMs = 50;
/** One loads when it is first used, and stays: the thread pool's, the log's file at exit. */
const ignored = new Set(["Immediate", "Timeout", "TTYWrap", "PipeWrap", "FSReqCallback"]);

export class LeakCheck {
  readonly #descriptors = new Set(descriptors());
  readonly #resources = resources();

  /** Waits a moment for what is on its way out. */
  async leaks(hasStopped: boolean): Promise<Leaks> {
    const endMs = performance.now() + goneMsMax;
    for (;;) {
      const leaks = {
        children: childPids().length,
        descriptors: withoutReserve(descriptors().filter((one) => !this.#descriptors.has(one))),
        resources: Math.max(0, resources() - this.#resources),
        threads: hasStopped ? 0 : 1,
      };
      const isClean = leakCount(leaks) === 0;
      if (isClean || performance.now() > endMs) return leaks;
      await pause(pollMs);
    }
  }
}

/**
 * libuv opens /dev/null with a process's first stream and keeps it, to have a descriptor to give up
 * when there is none left.
 */
function withoutReserve(open: readonly string[]): string[] {
  const reserve = open.find((one) => one.endsWith(" /dev/null"));
  return open.filter((one) => one !== reserve);
}

function resources(): number {
  return process.getActiveResourcesInfo().filter((kind) => !ignored.has(kind)).length;
}
