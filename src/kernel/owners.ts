// Owners: whose services are on the shard, what their turns cost, and who waits until a debt is
// paid.
// One shard. Told by kernel.ts of services that come and go, and by the scheduler of each turn.
// Invariant: every living service of an owner in debt is held once for it, no other one is.

import { isDoubling } from "../../wire/doubling.ts";
import { OwnerAccount } from "./owner-account.ts";
import type { ServiceRecord } from "./service-record.ts";

export type OwnerFigures = {
  readonly owner: string;
  readonly services: number;
  /** CPU time it may use at once; below 0: its debt. */
  readonly balanceMs: number;
  readonly chargedMs: number;
  /** Milliseconds until its services go on; 0: they do not wait. */
  readonly waitingMs: number;
};

export type OwnersParts = {
  readonly nowMs: () => number;
  readonly hold: (record: ServiceRecord) => void;
  readonly release: (record: ServiceRecord) => void;
  /** The owner's services wait for this long: told of its first debt, its second, its fourth … */
  readonly onDebt: (owner: string, ms: number) => void;
};

const pruneMin = 256;

export class Owners {
  readonly #parts: OwnersParts;
  readonly #accounts = new Map<string, OwnerAccount>();
  readonly #indebted = new Set<OwnerAccount>();
  #nextDueMs = Infinity;
  #pruneAt = pruneMin;

  constructor(parts: OwnersParts) {
    this.#parts = parts;
  }

  /** The service's time is its owner's from here on. */
  add(record: ServiceRecord): void {
    const { owner } = record.terms;
    const account = this.#accounts.get(owner) ?? this.#open(owner);
    record.account = account;
    record.isMetered = true;
    account.services.add(record);
    this.#setRefill(account);
    if (account.isInDebt) this.#parts.hold(record);
  }

  /** The service has ended. A debt stays: an owner cannot begin anew by that. */
  remove(record: ServiceRecord): void {
    const { account } = record;
    if (account === undefined) return;
    account.services.delete(record);
    if (account.services.size > 0) this.#setRefill(account);
  }

  /** Charges the wall time of a turn, after it. */
  charge(account: OwnerAccount, ms: number): void {
    const nowMs = this.#parts.nowMs();
    const waitMs = account.charge(ms, nowMs);
    if (waitMs === 0) return;
    account.dueMs = nowMs + waitMs;
    this.#nextDueMs = Math.min(this.#nextDueMs, account.dueMs);
    if (account.isInDebt) return;
    account.isInDebt = true;
    account.debts++;
    this.#indebted.add(account);
    for (const record of account.services) this.#parts.hold(record);
    if (isDoubling(account.debts)) this.#parts.onDebt(account.owner, waitMs);
  }

  /** Lets the owners go on whose debt is paid. */
  tick(): void {
    if (this.#indebted.size === 0) return;
    const nowMs = this.#parts.nowMs();
    if (nowMs < this.#nextDueMs) return;
    this.#nextDueMs = Infinity;
    for (const account of this.#indebted) {
      if (account.dueMs <= nowMs) this.#settle(account);
      else this.#nextDueMs = Math.min(this.#nextDueMs, account.dueMs);
    }
  }

  /** Milliseconds until `tick` has an owner to let go; undefined when none waits. */
  msToNext(): number | undefined {
    if (this.#indebted.size === 0) return undefined;
    return Math.max(0, this.#nextDueMs - this.#parts.nowMs());
  }

  figures(): OwnerFigures[] {
    const nowMs = this.#parts.nowMs();
    return Array.from(this.#accounts.values(), (account) => ({
      owner: account.owner,
      services: account.services.size,
      balanceMs: account.balanceMs(nowMs),
      chargedMs: account.chargedMs,
      waitingMs: account.isInDebt ? Math.max(0, account.dueMs - nowMs) : 0,
    }));
  }

  #open(owner: string): OwnerAccount {
    if (this.#accounts.size >= this.#pruneAt) this.#prune();
    const account = new OwnerAccount(owner);
    this.#accounts.set(owner, account);
    return account;
  }

  /** Forgets the owners without services who owe nothing and have nothing to get back. */
  #prune(): void {
    const nowMs = this.#parts.nowMs();
    for (const [owner, account] of this.#accounts) {
      const isOver = account.services.size === 0 && !account.isInDebt && account.isFull(nowMs);
      if (isOver) this.#accounts.delete(owner);
    }
    this.#pruneAt = Math.max(pruneMin, this.#accounts.size * 2);
  }

  #setRefill(account: OwnerAccount): void {
    let refillMs = 0;
    for (const { terms } of account.services) refillMs = Math.max(refillMs, terms.cpuPerSecondMs);
    if (refillMs === account.refillMs) return;
    account.setRefill(refillMs, this.#parts.nowMs());
    if (!account.isInDebt) return;
    const nowMs = this.#parts.nowMs();
    account.dueMs = nowMs + account.charge(0, nowMs);
    this.#nextDueMs = Infinity;
    for (const { dueMs } of this.#indebted) this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  #settle(account: OwnerAccount): void {
    account.isInDebt = false;
    this.#indebted.delete(account);
    for (const record of account.services) this.#parts.release(record);
  }
}
