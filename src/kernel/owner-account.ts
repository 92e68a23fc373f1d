// Owner account: the CPU time of one owner's services on a shard: their bucket and their place in
// the fair queue.
// One shard. Kept by owners.ts; the place in the queue is fair-queue.ts's alone.
// Invariant: `balanceMs` lies between minus cpuDebtMs and cpuBurstMs worth of the refill, as of
// `refilledAtMs`.

import { limits } from "../../wire/limits.ts";
import { RunQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

export class OwnerAccount {
  readonly owner: string;
  readonly services = new Set<ServiceRecord>();
  /** Milliseconds of CPU it gets back each second; 0: it has no bucket. */
  refillMs = 0;
  /** Wall time of all its turns so far, in milliseconds. */
  chargedMs = 0;
  /** Its services wait until the balance is even again. */
  isInDebt = false;
  /** How often it came into debt. */
  debts = 0;
  /** When the debt is paid, while there is one. */
  dueMs = 0;
  /** Of the fair queue: CPU time it has had, by the queue's own count. */
  virtualMs = 0;
  /** Of the fair queue: position in its heap; -1: none of its services is ready. */
  heapIndex = -1;
  /** Of the fair queue: breaks ties in the order of coming. */
  sequence = 0;
  /** Of the fair queue: its services that are ready, oldest first. */
  readonly ready = new RunQueue();
  #balanceMs = 0;
  #refilledAtMs = 0;

  constructor(owner: string) {
    this.owner = owner;
  }

  /** The refill is the largest that one of its services has: they share it. */
  setRefill(refillMs: number, nowMs: number): void {
    const wasWithout = this.refillMs === 0;
    this.#refill(nowMs);
    this.refillMs = refillMs;
    if (wasWithout) this.#balanceMs = this.#burstMs;
    else this.#balanceMs = this.#bounded(this.#balanceMs);
  }

  balanceMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#balanceMs;
  }

  isFull(nowMs: number): boolean {
    return this.balanceMs(nowMs) >= this.#burstMs;
  }

  /** Takes the time of a turn off; returns the milliseconds until the debt it leaves is paid. */
  charge(ms: number, nowMs: number): number {
    this.chargedMs += ms;
    if (this.refillMs === 0) return 0;
    this.#refill(nowMs);
    this.#balanceMs = this.#bounded(this.#balanceMs - ms);
    return this.#balanceMs < 0 ? (-this.#balanceMs * 1000) / this.refillMs : 0;
  }

  get #burstMs(): number {
    return (this.refillMs * limits.cpuBurstMs) / 1000;
  }

  #bounded(balanceMs: number): number {
    const debtMax = (this.refillMs * limits.cpuDebtMs) / 1000;
    return Math.min(Math.max(balanceMs, -debtMax), this.#burstMs);
  }

  #refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#refilledAtMs);
    this.#refilledAtMs = nowMs;
    this.#balanceMs = this.#bounded(this.#balanceMs + (passedMs * this.refillMs) / 1000);
  }
}
