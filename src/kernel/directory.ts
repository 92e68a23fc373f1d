// Directory: which shard a service lives on, for every address of this node, in one shared byte
// table.
// All threads read it; shard 0 allocates, the owning shard releases.
// Invariant: a byte is 0 (nobody), or the shard's index plus 1, from allocation until the service
// has ended for good.

import { guestLocalIdMin, localIdMax, localIdOf, makeAddress, nodeOf } from "../../wire/address.ts";
import type { ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";

const nextWord = 0;
const wrappedWord = 1;
const headerBytes = 8;
/** Index that no shard has: more than the last cell's. */
const suspendedShard = 254;

/** What a kernel asks of the directory of its process. */
export type Places = Pick<
  Directory,
  | "node"
  | "shardOf"
  | "isHost"
  | "isSuspended"
  | "place"
  | "suspend"
  | "release"
  | "occupy"
  | "wasAllocated"
>;

export class Directory {
  readonly node: number;
  readonly #shards: Uint8Array;
  readonly #state: Int32Array;

  /** `memory` comes from `Directory.memory()`; pages are touched as addresses are used. */
  constructor(node: number, memory: SharedArrayBuffer) {
    this.node = node;
    this.#state = new Int32Array(memory, 0, 2);
    this.#shards = new Uint8Array(memory, headerBytes);
    Atomics.compareExchange(this.#state, nextWord, 0, guestLocalIdMin);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(headerBytes + localIdMax + 1);
  }

  /** Takes the next free address and places it. Fails with ADDRESSES_USED_UP. */
  allocate(shard: number): ServiceAddress {
    let localId = Atomics.load(this.#state, nextWord);
    for (let tried = guestLocalIdMin; tried <= localIdMax; tried++) {
      if (localId > localIdMax) {
        localId = guestLocalIdMin;
        Atomics.store(this.#state, wrappedWord, 1);
      }
      // Only this thread gives out addresses, so a plain look will do.
      if (this.#shards[localId] === 0) {
        Atomics.store(this.#shards, localId, shard + 1);
        Atomics.store(this.#state, nextWord, localId + 1);
        return makeAddress(this.node, localId);
      }
      localId++;
    }
    throw new CodedError(
      "ADDRESSES_USED_UP",
      `all ${localIdMax} addresses of node ${this.node} are in use`,
    );
  }

  /** Places a host service at its well-known address. */
  occupy(localId: number, shard: number): ServiceAddress {
    Atomics.store(this.#shards, localId, shard + 1);
    return makeAddress(this.node, localId);
  }

  /** Index of the shard, or -1 when nobody has the address. */
  shardOf(address: ServiceAddress): number {
    if (nodeOf(address) !== this.node) return -1;
    return (this.#shards[localIdOf(address)] as number) - 1;
  }

  /** True for services of shard 0: the host's own. */
  isHost(address: ServiceAddress): boolean {
    return this.shardOf(address) === 0;
  }

  /** Places an address on another shard: before its service is created there. */
  place(address: ServiceAddress, shard: number): void {
    Atomics.store(this.#shards, localIdOf(address), shard + 1);
  }

  /** Its service has ended and keeps the address, on no shard, until it is restarted. */
  suspend(address: ServiceAddress): void {
    this.place(address, suspendedShard);
  }

  isSuspended(address: ServiceAddress): boolean {
    return this.shardOf(address) === suspendedShard;
  }

  release(address: ServiceAddress): void {
    Atomics.store(this.#shards, localIdOf(address), 0);
  }

  /** True when `allocate` gave the address out once: its service has ended, if nobody has it. */
  wasAllocated(address: ServiceAddress): boolean {
    const localId = localIdOf(address);
    if (nodeOf(address) !== this.node || localId < guestLocalIdMin) return false;
    return (
      localId < Atomics.load(this.#state, nextWord) || Atomics.load(this.#state, wrappedWord) === 1
    );
  }
}
