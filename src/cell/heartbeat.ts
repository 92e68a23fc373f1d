// Heartbeat: tells from a cell's answers whether it is alive.
// Main thread, pure: asked at intervals, with the time and how long the cell has waited for a core.
// Invariant: an innocent cell is not stalled for what the machine does to it: time in which it was
// ready and got no core does not count, and of that before a late look, when the host was held up,
// only a part.

export type HeartbeatTimes = {
  /** Between two looks. */
  readonly intervalMs: number;
  /** Without an answer for this long, with a core to run on, it is stalled. */
  readonly stallMs: number;
  /** The first answer, of a process that starts, may take this long. */
  readonly startMs: number;
};

export type Look =
  | { readonly kind: "ask"; readonly beat: number }
  | { readonly kind: "wait" }
  | { readonly kind: "stalled"; readonly owedMs: number };

const lateFactor = 2; // of its interval: as much counts of the time before a late look
const wallFactor = 4; // of a cell that gets no core

export class Heartbeat {
  readonly #times: HeartbeatTimes;
  #lookedMs: number;
  /** Since when it has owed an answer, without the time the host was held up. */
  #owedMs = 0;
  #waitedAtAskMs = 0;
  #beat = 0;
  #answered = 0;
  isReady = false;

  constructor(times: HeartbeatTimes, nowMs: number) {
    this.#times = times;
    this.#lookedMs = nowMs;
  }

  /** True when an answer is owed. */
  get isOwing(): boolean {
    return this.#answered !== this.#beat;
  }

  /** `waitedMs`: in all, ready to run and without a core; undefined: this system does not tell. */
  look(nowMs: number, waitedMs = 0): Look {
    const { intervalMs } = this.#times;
    const passed = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (!this.isOwing) {
      this.#owedMs = 0;
      this.#waitedAtAskMs = waitedMs;
      return { kind: "ask", beat: ++this.#beat };
    }
    this.#owedMs += Math.min(passed, intervalMs * lateFactor);
    return this.#isStalled(waitedMs - this.#waitedAtAskMs)
      ? { kind: "stalled", owedMs: Math.round(this.#owedMs) }
      : { kind: "wait" };
  }

  /** An answer came. One to a beat that was not asked counts for nothing. */
  answered(beat: number): void {
    if (!this.isOwing || beat !== this.#beat) return;
    this.#answered = beat;
    this.isReady = true;
  }

  #isStalled(waitedMs: number): boolean {
    const { stallMs, startMs } = this.#times;
    if (!this.isReady) return this.#owedMs > startMs;
    return this.#owedMs - waitedMs > stallMs || this.#owedMs > stallMs * wallFactor;
  }
}
