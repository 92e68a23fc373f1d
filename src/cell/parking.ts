// Parking: where the messages wait of a service that is on its way from one cell to another.
// Main thread. A link of shard 0, to a place that no process has; used by cells.ts.
// Invariant: an address stands here from `park` to `unpark`; what was sent to it goes on in the
// order it came, or is refused with a code.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { FrameWord, frameStride, isReply } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { ByteQueue } from "../kernel/byte-queue.ts";
import type { Places } from "../kernel/directory.ts";
import type { Link, LinkReader } from "../kernel/link.ts";
import type { Router } from "../kernel/router.ts";
import type { OutgoingLink } from "../shard/shard-links.ts";

export type ParkingParts = {
  readonly directory: Places;
  readonly router: Pick<Router, "post" | "refuse">;
  readonly linkTo: (place: number) => Link | undefined;
};

/** Bounds of one service's mailbox, which hold here too. */
export type ParkingBounds = { readonly depthMax: number; readonly bytesMax: number };

type Lot = {
  readonly queue: ByteQueue;
  readonly bounds: ParkingBounds;
  /** The cell where the service is, or is being created. */
  home: number;
  /** It is being created there, and hears the answers to what it asks. */
  isArriving: boolean;
};

/** Place that no process has: below the one for suspended addresses. */
export const parkingPlace = 253;

/** Nothing comes from there. */
export const parkingReader: LinkReader = { isEmpty: true, read: () => 0 };

export class Parking implements OutgoingLink {
  readonly #parts: ParkingParts;
  readonly #lots = new Map<ServiceAddress, Lot>();
  /** Nothing here is moved on by a pump. */
  readonly hasBacklog = false;
  #bytes = 0;

  constructor(parts: ParkingParts) {
    this.#parts = parts;
  }

  get backlogBytes(): number {
    return this.#bytes;
  }

  get isCongested(): boolean {
    return this.#bytes > limits.linkBacklogBytesMax;
  }

  pump(): boolean {
    return false;
  }

  /** From here on messages to the address wait. */
  park(address: ServiceAddress, bounds: ParkingBounds): void {
    const { directory } = this.#parts;
    const home = directory.shardOf(address);
    this.#lots.set(address, { queue: new ByteQueue(), bounds, home, isArriving: false });
    directory.place(address, parkingPlace);
  }

  /** The cell where the service is, or is being created; undefined: it is not parked. */
  homeOf(address: ServiceAddress): number | undefined {
    return this.#lots.get(address)?.home;
  }

  /** The service is about to be created in this cell. */
  arrive(address: ServiceAddress, place: number): void {
    const lot = this.#lots.get(address);
    if (lot === undefined) return;
    lot.home = place;
    lot.isArriving = true;
    // A cell's end has placed it elsewhere.
    this.#parts.directory.place(address, parkingPlace);
  }

  /** The messages go on to where the service is. */
  unpark(address: ServiceAddress): void {
    const lot = this.#lots.get(address);
    if (lot === undefined) return;
    this.#parts.directory.place(address, lot.home);
    this.drop(address);
  }

  /** Nobody will have them: the address is placed elsewhere, or nowhere, where they are refused. */
  drop(address: ServiceAddress): void {
    const lot = this.#lots.get(address);
    if (lot === undefined) return;
    this.#lots.delete(address);
    const { queue } = lot;
    this.#bytes -= queue.bytes;
    while (queue.depth > 0) {
      this.#parts.router.post(queue.words, queue.headAt());
      queue.drop();
    }
  }

  write(words: Uint32Array, at: number, length: number): void {
    const { router, linkTo } = this.#parts;
    const address = words[at + FrameWord.destination] as ServiceAddress;
    const lot = this.#lots.get(address);
    if (lot === undefined) {
      router.refuse(words, at, "ADDRESS_DEAD", `service ${formatAddress(address)} has ended`);
      return;
    }
    if (lot.isArriving && isReply(words, at)) {
      linkTo(lot.home)?.write(words, at, length);
      return;
    }
    const { queue, bounds } = lot;
    const stride = frameStride(length);
    if (queue.depth < bounds.depthMax && queue.bytes + stride <= bounds.bytesMax) {
      queue.push(words, at);
      this.#bytes += stride;
      return;
    }
    const text =
      `service ${formatAddress(address)} moves to another cell, and ` +
      `${queue.depth} of ${bounds.depthMax} frames (mailboxDepthMax), ` +
      `${queue.bytes} of ${bounds.bytesMax} bytes (mailboxBytesMax) wait for it`;
    router.refuse(words, at, "MAILBOX_FULL", text);
  }
}
