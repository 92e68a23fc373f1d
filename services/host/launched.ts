// Launched: every guest service alive with its terms, its permits and who launched it.
// Shard 0. Written by launcher.ts; read by caller-rights.ts, the log and the relay of cells.
// Invariant: a service counts for each untrusted service above it, as long as it lives; one that
// ended passes what it launched to whoever launched it.

import type { Address } from "isonet";
import type { Permitted, ServicePermits } from "../../wire/service-permits.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";

export type LaunchedService = Permitted & {
  readonly address: Address;
  readonly terms: ServiceTerms;
  readonly permits: ServicePermits;
  readonly launcher: Address | undefined;
};

type Entry = LaunchedService & {
  /** The untrusted service that it counts for first; undefined: none. */
  above: Entry | undefined;
  readonly below: Set<Entry>;
  /** Services below it, at any depth. */
  count: number;
  /** An untrusted service has launched it: it counts for its owner, whoever ends before it. */
  readonly isOwners: boolean;
  refusals: number;
};

/** Untrusted services whose end is remembered: what they sent before it may still arrive. */
const endedMax = 65_536;

export class Launched {
  readonly #services = new Map<Address, Entry>();
  readonly #ended = new Set<Address>();
  /** Services alive that untrusted ones have launched, by owner. */
  readonly #byOwner = new Map<string, number>();

  /** Set by the host: what is known of the service elsewhere is to be forgotten. */
  onEnded: (address: Address) => void = () => {};
  /** Set by the host: a service has ended, for good or until its restart. */
  onLeft: (address: Address) => void = () => {};

  add(
    address: Address,
    { terms, permits, launcher }: Pick<LaunchedService, "terms" | "permits" | "launcher">,
  ): void {
    const by = launcher === undefined ? undefined : this.#services.get(launcher);
    const above = by?.terms.isTrusted === false ? by : undefined;
    const entry: Entry = {
      address,
      terms,
      permits,
      owner: terms.owner,
      launcher,
      above,
      below: new Set(),
      count: 0,
      isOwners: above !== undefined,
      refusals: 0,
    };
    this.#services.set(address, entry);
    this.#ended.delete(address);
    above?.below.add(entry);
    this.#count(entry, 1);
  }

  ended(address: Address): void {
    const entry = this.#services.get(address);
    if (entry === undefined) return;
    this.#services.delete(address);
    this.onEnded(address);
    this.#count(entry, -1);
    entry.above?.below.delete(entry);
    for (const child of entry.below) {
      child.above = entry.above;
      entry.above?.below.add(child);
    }
    if (!entry.terms.isTrusted) this.#remember(address);
  }

  /** A service has ended; `ended` follows when it is not restarted. */
  left(address: Address): void {
    this.onLeft(address);
  }

  get(address: Address): LaunchedService | undefined {
    return this.#services.get(address);
  }

  /** Every guest service alive, those that are starting among them. */
  all(): IterableIterator<LaunchedService> {
    return this.#services.values();
  }

  /** True when it was untrusted and has ended. */
  hasEnded(address: Address): boolean {
    return this.#ended.has(address);
  }

  /** The service and the untrusted ones above it, the nearest first. */
  *chain(address: Address): Generator<LaunchedService & { readonly count: number }> {
    for (let entry = this.#services.get(address); entry !== undefined; entry = entry.above) {
      yield entry;
    }
  }

  /** Services alive of this owner that untrusted ones have launched. */
  countOf(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** What was refused to it by the host's services and by its permits. */
  refusalsOf(address: Address): number {
    return this.#services.get(address)?.refusals ?? 0;
  }

  noteRefusal(address: Address): void {
    const entry = this.#services.get(address);
    if (entry !== undefined) entry.refusals++;
  }

  /** Every untrusted service of an owner. */
  *untrustedOf(owner: string): Generator<LaunchedService> {
    for (const entry of this.#services.values()) {
      if (!entry.terms.isTrusted && entry.owner === owner) yield entry;
    }
  }

  #count(entry: Entry, by: 1 | -1): void {
    if (entry.isOwners) this.#countOwner(entry, by);
    for (let above = entry.above; above !== undefined; above = above.above) above.count += by;
  }

  #countOwner({ owner }: Entry, by: 1 | -1): void {
    const count = this.countOf(owner) + by;
    if (count === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, count);
  }

  #remember(address: Address): void {
    this.#ended.add(address);
    if (this.#ended.size <= endedMax) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }
}
