// Callers: who has sent requests to one service and may still wait for an answer from it.
// One shard. Kept in a service's record, and by the node for each service in a cell.
// Invariant: holds every service that ever sent a request there and may still live, the latest
// callersMax of them.

import type { ServiceAddress } from "../../wire/address.ts";

const pruneMin = 1024;
const callersMax = 65_536;

export class Callers {
  readonly #callers = new Set<number>();
  #last = -1;
  #pruneAt = pruneMin;

  get addresses(): ReadonlySet<ServiceAddress> {
    return this.#callers as ReadonlySet<number> as ReadonlySet<ServiceAddress>;
  }

  /** `isAlive` prunes the set when it has doubled. */
  // hot: bench call
  note(source: ServiceAddress, isAlive: (address: ServiceAddress) => boolean): void {
    if (source === this.#last) return;
    this.#callers.add(source);
    this.#last = source;
    if (this.#callers.size >= this.#pruneAt) this.#prune(isAlive);
  }

  has(address: number): boolean {
    return address === this.#last || this.#callers.has(address);
  }

  /** The last caller stays, living or not: `has` answers for it without a look at the set. */
  #prune(isAlive: (address: ServiceAddress) => boolean): void {
    for (const caller of this.addresses) {
      if (caller !== this.#last && !isAlive(caller)) this.#callers.delete(caller);
    }
    // Where nobody knows who lives, in a cell, the oldest are forgotten: their deadlines end them.
    for (const caller of this.#callers) {
      if (this.#callers.size <= callersMax) break;
      this.#callers.delete(caller);
    }
    this.#pruneAt = Math.max(pruneMin, this.#callers.size * 2);
  }
}
