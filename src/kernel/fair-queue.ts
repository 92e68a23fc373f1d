// Fair queue: services with work, such that each owner gets its share of the time, however many
// services it has.
// One shard. Stands in for the run queue where strangers share a kernel. Start-time fair queueing:
// the owner who has had the least is next; who comes back starts level with who is served.
// Invariant: an owner is in the heap exactly while one of its services is ready.

import type { OwnerAccount } from "./owner-account.ts";
import { RunQueue, type TurnQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

/** Turns that cost nothing measurable still take turns. */
const turnMsMin = 0.001;

export class FairQueue implements TurnQueue {
  /** Services without an account: the host's own go first. */
  readonly #first = new RunQueue();
  readonly #heap: OwnerAccount[] = [];
  #virtualMs = 0;
  #sequence = 0;
  #length = 0;

  get length(): number {
    return this.#length + this.#first.length;
  }

  /** Adds the service unless it is here. */
  push(record: ServiceRecord): void {
    const { account } = record;
    if (account === undefined) {
      this.#first.push(record);
      return;
    }
    if (record.isQueued) return;
    account.ready.push(record);
    this.#length++;
    if (account.heapIndex >= 0) return;
    account.virtualMs = Math.max(account.virtualMs, this.#virtualMs);
    account.sequence = this.#sequence++;
    account.heapIndex = this.#heap.length;
    this.#heap.push(account);
    this.#up(account);
  }

  take(): ServiceRecord | undefined {
    if (this.#first.length > 0) return this.#first.take();
    const account = this.#heap[0];
    if (account === undefined) return undefined;
    const record = account.ready.take();
    this.#length--;
    this.#virtualMs = account.virtualMs;
    if (account.ready.length === 0) this.#remove(account);
    return record;
  }

  /** Counts a turn of one of its services. */
  charge(account: OwnerAccount, ms: number): void {
    account.virtualMs += Math.max(ms, turnMsMin);
    if (account.heapIndex < 0) return;
    account.sequence = this.#sequence++;
    this.#down(account);
  }

  #remove(account: OwnerAccount): void {
    const last = this.#heap.pop() as OwnerAccount;
    if (last !== account) {
      this.#put(last, account.heapIndex);
      this.#up(last);
      this.#down(last);
    }
    account.heapIndex = -1;
  }

  #put(account: OwnerAccount, index: number): void {
    this.#heap[index] = account;
    account.heapIndex = index;
  }

  #up(account: OwnerAccount): void {
    let index = account.heapIndex;
    while (index > 0) {
      const parent = this.#heap[(index - 1) >> 1] as OwnerAccount;
      if (!isBefore(account, parent)) break;
      this.#put(parent, index);
      index = (index - 1) >> 1;
    }
    this.#put(account, index);
  }

  #down(account: OwnerAccount): void {
    let index = account.heapIndex;
    for (;;) {
      const left = this.#heap[index * 2 + 1];
      if (left === undefined) break;
      const right = this.#heap[index * 2 + 2];
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, account)) break;
      const place = child.heapIndex;
      this.#put(child, index);
      index = place;
    }
    this.#put(account, index);
  }
}

function isBefore(left: OwnerAccount, right: OwnerAccount): boolean {
  if (left.virtualMs !== right.virtualMs) return left.virtualMs < right.virtualMs;
  return left.sequence < right.sequence;
}
