// Cell directory: who lives in this cell; everybody else is the node's to know.
// A cell's process, its only thread. In the place of the directory that the host's threads share.
// Invariant: an address is here from its creation order until its service has ended.

import { guestLocalIdMin, localIdOf, makeAddress } from "../../wire/address.ts";
import type { ServiceAddress } from "../../wire/address.ts";
import type { Places } from "../kernel/directory.ts";

/** The place of everyone else: shard 0 of the node. */
const nodePlace = 0;

export class CellDirectory implements Places {
  readonly node: number;
  readonly #place: number;
  readonly #own = new Set<ServiceAddress>();

  constructor(node: number, place: number) {
    this.node = node;
    this.#place = place;
  }

  shardOf(address: ServiceAddress): number {
    return this.#own.has(address) ? this.#place : nodePlace;
  }

  /** A well-known address: guests cannot send in their name, and the node lets no other through. */
  isHost(address: ServiceAddress): boolean {
    return localIdOf(address) < guestLocalIdMin && !this.#own.has(address);
  }

  place(address: ServiceAddress, place: number): void {
    if (place === this.#place) this.#own.add(address);
    else this.#own.delete(address);
  }

  occupy(localId: number, place: number): ServiceAddress {
    const address = makeAddress(this.node, localId);
    this.place(address, place);
    return address;
  }

  /** The node keeps the address; here nobody has it any more. */
  suspend(address: ServiceAddress): void {
    this.#own.delete(address);
  }

  isSuspended(): boolean {
    return false;
  }

  release(address: ServiceAddress): void {
    this.#own.delete(address);
  }

  /** The node answers for who is not here. */
  wasAllocated(): boolean {
    return true;
  }
}
