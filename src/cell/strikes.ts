// Strikes: what the owners of untrusted services have done, and what follows from it.
// Main thread, pure: the time is given to it. Kept by cells.ts.
// Invariant: an owner is free, quarantined or refused by its points alone; points fade with time.

import type { OwnerStrikes, Standing } from "../../wire/containment-figures.ts";
import { limits } from "../../wire/limits.ts";

/** slice: a turn was interrupted; memory: an isolate went over its limit; cell: a cell was lost. */
export type Offence = "slice" | "memory" | "cell";

export const offencePoints: Readonly<Record<Offence, number>> = { slice: 1, memory: 5, cell: 60 };

type Account = Record<Offence, number> & { points: number; atMs: number };

const noOffences = { slice: 0, memory: 0, cell: 0, points: 0 };
const minuteMs = 60_000;
const ownersMax = 65_536; // the records of those with the fewest points are forgotten first

export class Strikes {
  readonly #accounts = new Map<string, Account>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Notes an offence; true when the owner's standing has changed by it. */
  note(owner: string, offence: Offence): boolean {
    const before = this.standingOf(owner);
    const account = this.#faded(owner) ?? this.#open(owner);
    account[offence]++;
    account.points += offencePoints[offence];
    return this.standingOf(owner) !== before;
  }

  standingOf(owner: string): Standing {
    const points = this.#faded(owner)?.points ?? 0;
    if (points >= limits.strikesRefused) return "refused";
    return points >= limits.strikesQuarantined ? "quarantined" : "free";
  }

  /** An operator forgives; false when there was nothing to forgive. */
  clear(owner: string): boolean {
    return this.#accounts.delete(owner);
  }

  /** Owners with points or a past, the worst first. */
  list(): OwnerStrikes[] {
    return [...this.#accounts.keys()]
      .map((owner) => this.of(owner))
      .toSorted((one, other) => other.points - one.points);
  }

  /** The record of one owner: without points when it has none. */
  of(owner: string): OwnerStrikes {
    const { slice, memory, cell, points } = this.#faded(owner) ?? noOffences;
    const standing = this.standingOf(owner);
    return { owner, points: Math.ceil(points), standing, slice, memory, cell };
  }

  #open(owner: string): Account {
    if (this.#accounts.size >= ownersMax) {
      const mildest = this.list().at(-1);
      if (mildest !== undefined) this.#accounts.delete(mildest.owner);
    }
    const account = { slice: 0, memory: 0, cell: 0, points: 0, atMs: this.#nowMs() };
    this.#accounts.set(owner, account);
    return account;
  }

  #faded(owner: string): Account | undefined {
    const account = this.#accounts.get(owner);
    if (account === undefined) return undefined;
    const now = this.#nowMs();
    const faded = ((now - account.atMs) / minuteMs) * limits.strikesFadePerMinute;
    account.points = Math.max(0, account.points - faded);
    account.atMs = now;
    return account;
  }
}
