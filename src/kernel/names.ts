// Name table: names of services. The registry's on shard 0 decides; the other shards keep copies.
// One shard. Changed by registry orders, read by router.ts for frames sent to a name.
// Invariant: a name belongs to its first owner until that owner ends (reference §1.2).

import type { ServiceAddress } from "../../wire/address.ts";

export class NameTable {
  readonly #addresses = new Map<string, ServiceAddress>();
  readonly #names = new Map<ServiceAddress, string[]>();

  /** Goes up whenever a name comes to mean something else. */
  version = 0;

  get size(): number {
    return this.#addresses.size;
  }

  /** False when the name has another owner. */
  bind(name: string, address: ServiceAddress): boolean {
    const owner = this.#addresses.get(name);
    if (owner !== undefined) return owner === address;
    this.version++;
    this.#addresses.set(name, address);
    const names = this.#names.get(address);
    if (names === undefined) this.#names.set(address, [name]);
    else names.push(name);
    return true;
  }

  resolve(name: string): ServiceAddress | undefined {
    return this.#addresses.get(name);
  }

  namesOf(address: ServiceAddress): readonly string[] {
    return this.#names.get(address) ?? [];
  }

  /** Forgets every name of a service that has ended. */
  release(address: ServiceAddress): void {
    if (!this.#names.has(address)) return;
    this.version++;
    for (const name of this.namesOf(address)) this.#addresses.delete(name);
    this.#names.delete(address);
  }

  entries(): IterableIterator<[string, ServiceAddress]> {
    return this.#addresses.entries();
  }
}
