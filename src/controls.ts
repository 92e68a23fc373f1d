// Controls: the control service of every worker shard and every cell, by its place.
// Main thread. Made by host-services.ts, for all that orders the place of a service.
// Invariant: a shard is always there, a cell from its start until it is lost.

import type { Address } from "isonet";
import { formatAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import type { Shards } from "./shards.ts";

export class Controls {
  /** Those of worker shards, which know names. */
  readonly ofShards: ReadonlyMap<number, Address>;
  readonly #shards: Shards;

  constructor(shards: Shards) {
    this.#shards = shards;
    this.ofShards = shards.controls();
  }

  *[Symbol.iterator](): IterableIterator<[number, Address]> {
    yield* this.ofShards;
    yield* this.#shards.cells.controls();
  }

  at(place: number): Address | undefined {
    return this.ofShards.get(place) ?? this.#shards.cells.controlAt(place);
  }

  /** That of the place where a guest is. Fails with ADDRESS_UNKNOWN. */
  of(address: Address, place: number): Address {
    const control = this.at(place);
    if (control !== undefined) return control;
    const text = `no guest service has the address ${formatAddress(address)}`;
    throw new CodedError("ADDRESS_UNKNOWN", text);
  }
}
