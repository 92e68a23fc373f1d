// Clock: the host's time as the service sees it, set at the start of each turn; host services read
// the clock itself.
// Guest (and host services). Read by calls.ts, timers.ts, debug.ts.
// Invariant: ticks are 10 ms, modulo 2^32, the same for every service of the host.

import { ControlWord } from "../wire/turn-memory.ts";
import { MathMax } from "../wire/primordials.ts";

const ticksPerSecond = 100;
const microsPerTick = 10_000;
const nsPerMicro = 1000;

export class GuestClock {
  readonly #control: Int32Array;
  readonly #nowTick: (() => number) | undefined;
  startTimeMs = 0;

  constructor(control: Int32Array, nowTick?: () => number) {
    this.#control = control;
    this.#nowTick = nowTick;
  }

  /** Ticks since the host started (skynet.now). */
  now(): number {
    if (this.#nowTick !== undefined) return this.#nowTick();
    return (this.#control[ControlWord.nowTicks] as number) >>> 0;
  }

  /**
   * Nanoseconds from the host's start to the start of the turn, exact to a microsecond; to a tick
   * in a host service.
   */
  nanoseconds(): number {
    const tickMicros = this.now() * microsPerTick;
    if (this.#nowTick !== undefined) return tickMicros * nsPerMicro;
    const micros = this.#control[ControlWord.nowMicros] as number;
    return (tickMicros + ((micros - tickMicros) | 0)) * nsPerMicro;
  }

  /** Epoch seconds of the host's start (skynet.starttime). */
  startTime(): number {
    return this.startTimeMs / 1000;
  }

  /** Epoch seconds, to the hundredth (skynet.time). */
  time(): number {
    return this.startTime() + this.now() / ticksPerSecond;
  }

  /** Deadline `ticks` from here, never 0, which means none. */
  deadlineIn(ticks: number): number {
    return MathMax((this.now() + ticks) >>> 0, 1);
  }
}
