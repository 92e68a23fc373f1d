// Log tail: the last lines of the log, of all speakers and of each, for whoever looks at them live.
// Main thread. Fed by log.ts with each line that it writes; read by the dashboard.
// Invariant: bounded in lines, in characters of a line and in speakers, whatever services write.

import type { LogLine } from "../../wire/dashboard-figures.ts";
import { limits } from "../../wire/limits.ts";

export class LogTail {
  readonly #all: LogLine[] = [];
  /** The speaker of the latest line last. */
  readonly #bySpeaker = new Map<string, LogLine[]>();
  readonly #nowMs: () => number;
  #number = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  add(level: string, addressText: string, name: string, text: string): void {
    const isLong = text.length > limits.logTailCharsMax;
    const line: LogLine = {
      number: ++this.#number,
      timeMs: this.#nowMs(),
      level,
      address: addressText,
      name,
      text: isLong ? `${text.slice(0, limits.logTailCharsMax)} …` : text,
    };
    push(this.#all, line, limits.logTailLinesMax);
    const own = this.#bySpeaker.get(addressText) ?? [];
    push(own, line, limits.logTailServiceLinesMax);
    this.#bySpeaker.delete(addressText);
    this.#bySpeaker.set(addressText, own);
    if (this.#bySpeaker.size <= limits.logTailServicesMax) return;
    for (const oldest of this.#bySpeaker.keys()) {
      this.#bySpeaker.delete(oldest);
      return;
    }
  }

  /** The lines behind number `after`, the oldest first; of one speaker when it is given. */
  after(after: number, addressText?: string): readonly LogLine[] {
    const lines = addressText === undefined ? this.#all : this.#bySpeaker.get(addressText);
    return (lines ?? []).filter(({ number }) => number > after);
  }
}

function push(lines: LogLine[], line: LogLine, linesMax: number): void {
  lines.push(line);
  if (lines.length > linesMax) lines.shift();
}
