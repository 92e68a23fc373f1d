// Run queue: services whose mailbox has work, oldest first.
// One shard. Fed by router.ts and scheduler.ts, drained by scheduler.ts.
// Invariant: a service is here at most once; `isQueued` is true exactly while it is.

import type { ServiceRecord } from "./service-record.ts";

/** What gives the scheduler the next service. */
export type TurnQueue = {
  readonly length: number;
  push(record: ServiceRecord): void;
  take(): ServiceRecord | undefined;
};

export class RunQueue implements TurnQueue {
  #slots: (ServiceRecord | undefined)[] = Array.from({ length: 64 });
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds the service unless it is here. */
  push(record: ServiceRecord): void {
    if (record.isQueued) return;
    record.isQueued = true;
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = record;
    this.#length++;
  }

  take(): ServiceRecord | undefined {
    if (this.#length === 0) return undefined;
    const record = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    if (record !== undefined) record.isQueued = false;
    return record;
  }

  #grow(): void {
    const size = this.#slots.length;
    const slots: (ServiceRecord | undefined)[] = Array.from({ length: size * 2 });
    for (let index = 0; index < size; index++) {
      slots[index] = this.#slots[(this.#head + index) & (size - 1)];
    }
    this.#slots = slots;
    this.#head = 0;
  }
}
