// Timers: a hierarchical wheel of 10 ms ticks, as Skynet's (skynet_timer.c, reference §1.6).
// One shard. Armed and cancelled by guests' system commands, advanced by scheduler.ts.
// Invariant: timers of one tick fire in the order they were armed; none fires early.

export type Timer = {
  readonly address: number;
  readonly session: number;
  readonly dueTick: number;
  previous: Timer | undefined;
  next: Timer | undefined;
  slot: Slot | undefined;
};

type Slot = { readonly isNear: boolean; first: Timer | undefined; last: Timer | undefined };

const nearBits = 8;
const levelBits = 6;
const nearSize = 1 << nearBits;
const nearMask = nearSize - 1;
const levelSize = 1 << levelBits;
const levelCount = 4;

function makeSlots(count: number, isNear: boolean): Slot[] {
  return Array.from({ length: count }, () => ({ isNear, first: undefined, last: undefined }));
}

export class TimerWheel {
  readonly #near = makeSlots(nearSize, true);
  readonly #levels = Array.from({ length: levelCount }, () => makeSlots(levelSize, false));
  #now: number;
  #armed = 0;
  #armedNear = 0;

  constructor(nowTick: number) {
    this.#now = nowTick >>> 0;
  }

  get armed(): number {
    return this.#armed;
  }

  /**
   * Fires `delayTicks` (at least 1) after `nowTick`, which may be ahead of the wheel: a burst of
   * turns is longer than a tick at times, and no timer fires early for that.
   */
  arm(address: number, session: number, delayTicks: number, nowTick = this.#now): Timer {
    const lag = Math.max(0, (nowTick - this.#now) | 0);
    const dueTick = (this.#now + lag + Math.max(1, delayTicks)) >>> 0;
    const timer: Timer = {
      address,
      session,
      dueTick,
      previous: undefined,
      next: undefined,
      slot: undefined,
    };
    this.#insert(timer);
    this.#armed++;
    return timer;
  }

  /** Forgets the timer; nothing happens when it has fired. */
  cancel(timer: Timer): void {
    if (timer.slot === undefined) return;
    this.#unlink(timer);
    this.#armed--;
  }

  /** Fires all that is due at `nowTick`, in the order of the ticks. */
  advance(nowTick: number, fire: (timer: Timer) => void): void {
    let left = (nowTick - this.#now) | 0;
    while (left > 0) {
      if (this.#armed === 0) {
        this.#now = nowTick >>> 0;
        return;
      }
      const step = this.#armedNear > 0 ? 1 : Math.min(left, nearSize - (this.#now & nearMask));
      left -= step;
      this.#now = (this.#now + step) >>> 0;
      if ((this.#now & nearMask) === 0) this.#cascade();
      const slot = this.#near[this.#now & nearMask] as Slot;
      while (slot.first !== undefined) {
        const timer = slot.first;
        this.#unlink(timer);
        this.#armed--;
        fire(timer);
      }
    }
  }

  /** Ticks that may pass before `advance` has anything to do; undefined when no timer is armed. */
  ticksToNext(): number | undefined {
    if (this.#armed === 0) return undefined;
    for (let ahead = 1; ahead <= nearSize; ahead++) {
      const tick = this.#now + ahead;
      if ((tick & nearMask) === 0) return ahead; // a cascade may bring timers down
      if (this.#near[tick & nearMask]?.first !== undefined) return ahead;
    }
    return nearSize;
  }

  /**
   * The level is that of the highest bits in which the due tick differs from the present one. So
   * timers of one tick are always in one slot, and stay in the order in which they were armed.
   */
  #insert(timer: Timer): void {
    let differs = (timer.dueTick ^ this.#now) >>> nearBits;
    if (differs === 0) {
      this.#append(this.#near[timer.dueTick & nearMask] as Slot, timer);
      return;
    }
    let level = 0;
    while ((differs >>>= levelBits) !== 0) level++;
    const index = (timer.dueTick >>> (nearBits + level * levelBits)) & (levelSize - 1);
    this.#append(this.#levels[level]?.[index] as Slot, timer);
  }

  /**
   * The near wheel has gone round: brings the next slot of each level that turned down one level.
   */
  #cascade(): void {
    let position = this.#now >>> nearBits;
    for (let level = 0; level < levelCount; level++) {
      const index = position & (levelSize - 1);
      const slot = this.#levels[level]?.[index] as Slot;
      let timer = slot.first;
      slot.first = undefined;
      slot.last = undefined;
      while (timer !== undefined) {
        const next: Timer | undefined = timer.next;
        this.#insert(timer);
        timer = next;
      }
      if (index !== 0) return;
      position >>>= levelBits;
    }
  }

  #append(slot: Slot, timer: Timer): void {
    timer.slot = slot;
    timer.previous = slot.last;
    timer.next = undefined;
    if (slot.last === undefined) slot.first = timer;
    else slot.last.next = timer;
    slot.last = timer;
    if (slot.isNear) this.#armedNear++;
  }

  #unlink(timer: Timer): void {
    const slot = timer.slot as Slot;
    if (timer.previous === undefined) slot.first = timer.next;
    else timer.previous.next = timer.next;
    if (timer.next === undefined) slot.last = timer.previous;
    else timer.next.previous = timer.previous;
    timer.previous = undefined;
    timer.next = undefined;
    timer.slot = undefined;
    if (slot.isNear) this.#armedNear--;
  }
}
