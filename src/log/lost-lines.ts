// Lost lines: who lost how many log lines, and when that is told.
// Main thread. Fed by log.ts with every line it drops, and asked by it once a second.
// Invariant: every lost line is in exactly one report; a speaker's reports back off by doubling
// while it goes on.

export type LostReport = {
  readonly addressText: string;
  readonly name: string;
  readonly lines: number;
};

type Flood = { readonly name: string; lines: number; intervalMs: number; dueMs: number };

const intervalMsMin = 1000;
const intervalMsMax = 64_000;
const speakersMax = 1024; // a swarm of short-lived speakers is told as one
const others = "others";

export class LostLines {
  readonly #floods = new Map<string, Flood>();

  get isEmpty(): boolean {
    return this.#floods.size === 0;
  }

  count(addressText: string, name: string, nowMs: number): void {
    const isOne = this.#floods.has(addressText) || this.#floods.size < speakersMax;
    const key = isOne ? addressText : others;
    const flood = this.#floods.get(key);
    if (flood !== undefined) {
      flood.lines++;
      return;
    }
    const dueMs = nowMs + intervalMsMin;
    this.#floods.set(key, { name: isOne ? name : "", lines: 1, intervalMs: intervalMsMin, dueMs });
  }

  /** The reports due at `nowMs`; what lost nothing for an interval is forgotten. */
  takeDue(nowMs: number): LostReport[] {
    const reports: LostReport[] = [];
    for (const [addressText, flood] of this.#floods) {
      if (nowMs < flood.dueMs) continue;
      if (flood.lines === 0) {
        this.#floods.delete(addressText);
        continue;
      }
      reports.push({ addressText, name: flood.name, lines: flood.lines });
      flood.lines = 0;
      flood.intervalMs = Math.min(flood.intervalMs * 2, intervalMsMax);
      flood.dueMs = nowMs + flood.intervalMs;
    }
    return reports;
  }
}
