// Ceiling: how many isolates this process can hold before V8 aborts it.
// Host threads share one counter. Asked by isolated-engine.ts before each isolate.
// Invariant: an isolate is refused while there are still memory maps for the host itself.

import { readFileSync } from "node:fs";
import { CodedError } from "../../wire/coded-error.ts";

const mapsPerIsolate = 13; // measured: 8 to 13 mappings each
const mapsReserved = 4096; // threads, libraries, buffers and V8's own growth
const mapsDefault = 65_530; // Linux's default of vm.max_map_count
const mapsPath = "/proc/sys/vm/max_map_count";

/** Isolates that fit, from the system's limit of memory maps. */
export function isolateCeiling(mapsMax: number = readMapsMax()): number {
  return Math.max(1, Math.floor((mapsMax - mapsReserved) / mapsPerIsolate));
}

function readMapsMax(): number {
  try {
    const value = Number(readFileSync(mapsPath, "utf8"));
    return Number.isSafeInteger(value) && value > 0 ? value : mapsDefault;
  } catch {
    return mapsDefault;
  }
}

/** Counts the isolates of the process in a shared word. */
export class IsolateCount {
  readonly #word: Int32Array;
  readonly #max: number;

  constructor(memory: SharedArrayBuffer, max: number) {
    this.#word = new Int32Array(memory);
    this.#max = max;
  }

  /** Fails with ISOLATE_CEILING. */
  take(): void {
    if (Atomics.add(this.#word, 0, 1) < this.#max) return;
    Atomics.sub(this.#word, 0, 1);
    throw new CodedError(
      "ISOLATE_CEILING",
      `this process holds ${this.#max} isolates, all it may (isolatesMax, by default from the ` +
        `sysctl vm.max_map_count: V8 aborts the process when it runs out of memory maps); ` +
        `raise vm.max_map_count or end services`,
    );
  }

  give(): void {
    Atomics.sub(this.#word, 0, 1);
  }
}
