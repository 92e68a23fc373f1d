// Heartbeat: tells from a cell's answers whether it is alive.
// Main thread, pure: asked at intervals, with the time and the CPU time the cell has used.
// Invariant: an innocent cell is not stalled for what the machine does to it: only its own CPU time
// counts in full, and of the time before a late look, when the host was held up, only a part.

export type HeartbeatTimes = {
  /** Between two looks. */
  readonly intervalMs: number;
  /** Without an answer after this much CPU time it is stalled. */
  readonly stallMs: number;
  /** The first answer, of a process that starts, may take this long. */
  readonly startMs: number;
};

export type Look =
  | { readonly kind: "ask"; readonly beat: number }
  | { readonly kind: "wait" }
  | { readonly kind: "stalled"; readonly owedMs: number };

const lateFactor = 2; // of its interval: as much counts of the time before a late look
const wallFactor = 4; // of a cell that waits, or gets no CPU

export class Heartbeat {
  readonly #times: HeartbeatTimes;
  #lookedMs: number;
  /** Since when it has owed an answer, without the time the host was held up. */
  #owedMs = 0;
  #cpuAtAskMs = 0;
  #beat = 0;
  #answered = 0;
  isReady = false;

  constructor(times: HeartbeatTimes, nowMs: number) {
    this.#times = times;
    this.#lookedMs = nowMs;
  }

  /** True when an answer is owed: then the next look needs the cell's CPU time. */
  get isOwing(): boolean {
    return this.#answered !== this.#beat;
  }

  /** `cpuMs` undefined: this system does not tell; then time by the clock counts for it. */
  look(nowMs: number, cpuMs: number | undefined): Look {
    const { intervalMs } = this.#times;
    const passed = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (!this.isOwing) {
      this.#owedMs = 0;
      this.#cpuAtAskMs = cpuMs ?? 0;
      return { kind: "ask", beat: ++this.#beat };
    }
    this.#owedMs += Math.min(passed, intervalMs * lateFactor);
    const usedMs = cpuMs === undefined ? this.#owedMs : cpuMs - this.#cpuAtAskMs;
    return this.#isStalled(usedMs)
      ? { kind: "stalled", owedMs: Math.round(this.#owedMs) }
      : { kind: "wait" };
  }

  /** An answer came. One to a beat that was not asked counts for nothing. */
  answered(beat: number): void {
    if (!this.isOwing || beat !== this.#beat) return;
    this.#answered = beat;
    this.isReady = true;
  }

  #isStalled(usedMs: number): boolean {
    const { stallMs, startMs } = this.#times;
    if (!this.isReady) return this.#owedMs > startMs;
    if (this.#owedMs <= stallMs) return false;
    return usedMs > stallMs || this.#owedMs > stallMs * wallFactor;
  }
}
