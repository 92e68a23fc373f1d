// Flood gate: no speaker writes more log lines than its share, so that one cannot drown the others
// or fill the disk.
// Main thread. Asked by log.ts before each line, and by the logger for the owners of untrusted
// ones.
// Invariant: at most linesMax lines of one speaker pass in one second's window.

import { limits } from "../../wire/limits.ts";

const windowMs = 1000;

export class FloodGate {
  /** Lines by speaker in this window: no larger than the number of services that spoke in it. */
  readonly #lines = new Map<string, number>();
  #windowEndMs = 0;
  readonly #linesMax: number;

  constructor(linesMax: number = limits.logLinesPerSecondMax) {
    this.#linesMax = linesMax;
  }

  /** False when the speaker has had its lines for this second. */
  admit(addressText: string, nowMs: number): boolean {
    if (nowMs >= this.#windowEndMs) {
      this.#lines.clear();
      this.#windowEndMs = nowMs + windowMs;
    }
    const lines = this.#lines.get(addressText) ?? 0;
    if (lines >= this.#linesMax) return false;
    this.#lines.set(addressText, lines + 1);
    return true;
  }
}
