// Sleeper: puts a shard's thread to sleep until another thread or its own event loop has work for
// it.
// One thread. The mark's `asleep` word is what other shards look at after they wrote to a ring.
// Invariant: work that is there before `asleep` is 1 is found by the caller's last look; work after
// it wakes us.

import { MarkWord } from "../kernel/turn-mark.ts";

const spinUs = 30;
const roundsPerLook = 64; // performance.now() costs more than a look at the rings

export class Sleeper {
  readonly #mark: Int32Array;
  #wakeHere: (() => void) | undefined;
  /** Other threads are heard: from the sleep that began it to the next time one wakes us. */
  #hearsOthers = false;
  #alarm: NodeJS.Timeout | undefined;
  #alarmMs = 0;

  constructor(mark: Int32Array) {
    this.#mark = mark;
  }

  /** Looks for work for a few microseconds: a wake-up of a sleeping thread costs 25 to 30. */
  spin(hasWork: () => boolean): boolean {
    const end = performance.now() + spinUs / 1000;
    do {
      for (let round = 0; round < roundsPerLook; round++) if (hasWork()) return true;
    } while (performance.now() < end);
    return false;
  }

  /**
   * Sleeps until woken, or for `timeoutMs`. Returns at once when that is 0, or `hasWork` says so
   * after the mark is set.
   */
  async sleep(timeoutMs: number, hasWork: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeHere = resolve;
    Atomics.store(this.#mark, MarkWord.asleep, 1);
    if (timeoutMs > 0 && !hasWork()) {
      this.#hearOthers();
      this.#setAlarm(timeoutMs);
      await promise;
    }
    this.#wakeHere = undefined;
    Atomics.store(this.#mark, MarkWord.asleep, 0);
  }

  /** Once for many sleeps: who is woken by events of his own thread need not begin anew. */
  #hearOthers(): void {
    if (this.#hearsOthers) return;
    const heard = Atomics.waitAsync(this.#mark, MarkWord.asleep, 1);
    if (heard.async) void this.#hear(heard.value);
    else this.wakeHere(); // somebody was faster
  }

  async #hear(heard: Promise<unknown>): Promise<void> {
    this.#hearsOthers = true;
    await heard;
    this.#hearsOthers = false;
    this.wakeHere();
  }

  /** One that rings too early stays: a look too much costs less than an alarm for each sleep. */
  #setAlarm(timeoutMs: number): void {
    const atMs = performance.now() + timeoutMs;
    if (this.#alarm !== undefined && this.#alarmMs <= atMs) return;
    clearTimeout(this.#alarm);
    this.#alarmMs = atMs;
    this.#alarm = setTimeout(() => {
      this.#alarm = undefined;
      this.wakeHere();
    }, timeoutMs).unref();
  }

  /** Own thread: an event of the event loop brought work. */
  wakeHere(): void {
    this.#wakeHere?.();
    this.#wakeHere = undefined;
  }
}

/** Any thread: wakes the shard with this mark if it sleeps. */
export function wakeShard(mark: Int32Array): void {
  if (Atomics.load(mark, MarkWord.asleep) !== 1) return;
  if (Atomics.compareExchange(mark, MarkWord.asleep, 1, 0) === 1)
    Atomics.notify(mark, MarkWord.asleep);
}
