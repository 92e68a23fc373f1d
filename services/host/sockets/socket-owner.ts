// Socket owner: one service with its sockets, and the events on their way to it.
// Shard 0. Fed by its sockets; drained by sockets.ts once a round, into one message each.
// Invariant: events keep their order; what is on the way is bounded by what the service says it has
// taken, and by the chunks its sockets have read already when it becomes too much.

import type { Address } from "isonet";
import { limits } from "../../../wire/limits.ts";
import { nextSequence } from "../../../wire/socket-protocol.ts";
import type { OwnedSocket } from "./owned-socket.ts";

export type OwnerParts = {
  /** Sends one message; false: later, for the way is congested. */
  readonly deliver: (owner: Address, events: readonly unknown[]) => boolean;
  /** It has events, and had none. */
  readonly onEvents: (owner: SocketOwner) => void;
};

const borrowedMax = 1024;
const eventBytes = 32; // what an event costs beside its bytes

export class SocketOwner {
  readonly address: Address;
  readonly socketsMax: number;
  readonly sockets = new Set<OwnedSocket>();
  /** Sockets that are being opened: they count already. */
  #expected = 0;
  readonly #parts: OwnerParts;
  /** Event, id, value, event … */
  #events: unknown[] = [];
  #eventsBytes = 0;
  /** Bytes of each message on its way, the oldest first. */
  readonly #onTheWay: number[] = [];
  #onTheWayBytes = 0;
  /** Sockets that are not read until there is room. */
  #stalled = new Set<OwnedSocket>();
  #waitingSum = 0;
  #writtenSince = 0;
  /** Of the order that comes next; its library's first has 0. */
  #sequence = 0;
  /** Ids of others' sockets that it writes to. */
  readonly #borrowed = new Set<number>();
  isEnded = false;

  constructor(address: Address, socketsMax: number, parts: OwnerParts) {
    this.address = address;
    this.socketsMax = socketsMax;
    this.#parts = parts;
  }

  /** True when its sockets are to be read no more for now. */
  get isFull(): boolean {
    return (
      this.#onTheWayBytes + this.#eventsBytes >= limits.socketOwnerBytesMax ||
      this.#onTheWay.length >= limits.socketOwnerFramesMax
    );
  }

  get count(): number {
    return this.sockets.size + this.#expected;
  }

  /** One more socket is being opened, until the function it returns is called. */
  expect(): () => void {
    this.#expected++;
    return () => {
      this.#expected--;
    };
  }

  // hot: bench gate-echo
  tell(event: number, id: number, value: unknown, bytes = 0): void {
    if (this.isEnded) return;
    const isFirst = this.#events.length === 0;
    this.#events.push(event, id, value);
    this.#eventsBytes += bytes + eventBytes;
    if (isFirst) this.#parts.onEvents(this);
    else if (this.#eventsBytes >= limits.socketBatchBytesMax) this.flush();
  }

  /** Sends what there is. False: it could not be sent yet. */
  flush(): boolean {
    if (this.isEnded || this.#events.length === 0) return true;
    if (!this.#parts.deliver(this.address, this.#events)) return false;
    this.#onTheWay.push(this.#eventsBytes);
    this.#onTheWayBytes += this.#eventsBytes;
    this.#events = [];
    this.#eventsBytes = 0;
    return true;
  }

  /** The service has taken so many of the oldest messages. */
  handled(messages: number): void {
    const taken = this.#onTheWay.splice(0, Math.min(messages, this.#onTheWay.length));
    for (const bytes of taken) this.#onTheWayBytes -= bytes;
    if (this.#stalled.size === 0) return;
    const half = limits.socketOwnerBytesMax / 2;
    const hasRoom = this.#onTheWay.length < limits.socketOwnerFramesMax / 2;
    if (!hasRoom || this.#onTheWayBytes + this.#eventsBytes > half) return;
    const stalled = this.#stalled;
    this.#stalled = new Set();
    for (const socket of stalled) socket.readOn();
  }

  /** The socket is read on when there is room. */
  stall(socket: OwnedSocket): void {
    this.#stalled.add(socket);
  }

  /** The socket of another is this one's from here on. */
  takeOver(socket: OwnedSocket): void {
    socket.owner.leave(socket);
    this.sockets.add(socket);
  }

  leave(socket: OwnedSocket): void {
    this.sockets.delete(socket);
    this.#stalled.delete(socket);
  }

  /**
   * Counts bytes that are to be written; false: too many wait on all its sockets together. They are
   * added up only when so much has been written that it may be so.
   */
  mayWrite(bytes: number): boolean {
    this.#writtenSince += bytes;
    const max = limits.socketServiceWriteBytesMax;
    if (this.#waitingSum + this.#writtenSince <= max) return true;
    this.#waitingSum = 0;
    this.#writtenSince = 0;
    for (const socket of this.sockets) this.#waitingSum += socket.waitingBytes;
    return this.#waitingSum + bytes <= max;
  }

  /** False: orders before this one were lost. */
  // hot: bench gate-echo
  follows(sequence: number): boolean {
    const isNext = sequence === this.#sequence || sequence === 0;
    this.#sequence = nextSequence(sequence);
    return isNext;
  }

  /** It writes to a socket of another's. */
  borrow(id: number): void {
    if (this.#borrowed.size >= borrowedMax) this.#borrowed.clear();
    this.#borrowed.add(id);
  }

  /** Ids of all sockets that orders of its may have been for. */
  get touched(): number[] {
    const ids = [...this.#borrowed];
    for (const { id } of this.sockets) ids.push(id);
    return ids;
  }

  /** The service has ended: its sockets end when what it has written is sent. */
  end(): void {
    this.isEnded = true;
    this.#events = [];
    for (const socket of this.sockets) socket.close();
  }
}
