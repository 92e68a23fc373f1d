// Socket orders: what services say to their sockets, one way (wire/socket-protocol.ts).
// Shard 0. Read for sockets.ts, a message at a time; hostile input: what is not of the form is
// dropped.
// Invariant: a service acts on sockets of its own and on those it was given; a trusted one on all.

import type { Address } from "isonet";
import { unpackDatagramAddress } from "../../../wire/datagram-address.ts";
import { SocketEvent, SocketOrder } from "../../../wire/socket-protocol.ts";
import { DatagramEntry } from "./datagram-entry.ts";
import type { ForwardRoute } from "./forward-route.ts";
import type { OwnedSocket } from "./owned-socket.ts";
import type { SocketOwner } from "./socket-owner.ts";
import type { SocketTable } from "./socket-table.ts";
import { StreamEntry } from "./stream-entry.ts";
import type { SocketRights } from "./sockets.ts";

const high = { isLow: false } as const;
const low = { isLow: true } as const;

export type OrderParts = {
  readonly table: SocketTable;
  readonly rights: SocketRights;
  /** Undefined when the service has ended. */
  readonly ownerOf: (address: Address) => SocketOwner | undefined;
  /** Where forwarded frames go; undefined: the service has ended. */
  readonly routeTo: (address: Address) => ForwardRoute | undefined;
};

export class SocketOrders {
  readonly #parts: OrderParts;

  constructor(parts: OrderParts) {
    this.#parts = parts;
  }

  // hot: bench gate-echo
  take(source: Address, values: readonly unknown[]): void {
    const [sequence, order, id, value] = values;
    const owner = this.#parts.ownerOf(source);
    if (owner === undefined || typeof sequence !== "number" || typeof id !== "number") return;
    if (!owner.follows(sequence)) this.#lost(owner);
    if (order === SocketOrder.handled) {
      if (isCount(value)) owner.handled(value);
      return;
    }
    const socket = this.#parts.table.get(id);
    if (order === SocketOrder.start) {
      if (socket?.owner === owner && socket.start(owner)) return;
      owner.tell(SocketEvent.error, id, "socket closed"); // it has gone before it was started
      return;
    }
    if (socket === undefined || !this.may(source, socket)) return;
    if (socket.owner !== owner) owner.borrow(id);
    this.#run(source, socket, values);
  }

  /** What the orders said that are missing nobody knows: a stream must not go on with a hole. */
  #lost(owner: SocketOwner): void {
    for (const id of owner.touched) {
      this.#parts.table.get(id)?.fail("bytes were lost: its service sends too many messages");
    }
  }

  /** False, and counted as refused: the socket is not for this service. */
  may(source: Address, socket: OwnedSocket): boolean {
    if (socket.owner.address === source || socket.heir === source) return true;
    if (this.#parts.rights.isTrusted(source)) return true;
    this.#parts.rights.noteRefusal(source);
    return false;
  }

  // hot: bench gate-echo
  #run(source: Address, socket: OwnedSocket, values: readonly unknown[]): void {
    const [, order, , value, where] = values;
    switch (order) {
      case SocketOrder.write:
        if (value instanceof Uint8Array) socket.write(value, high);
        break;
      case SocketOrder.lowWrite:
        if (value instanceof Uint8Array) socket.write(value, low);
        break;
      case SocketOrder.writeFrame:
        if (value instanceof Uint8Array && socket instanceof StreamEntry) socket.writeFrame(value);
        break;
      case SocketOrder.forward:
        if (socket instanceof StreamEntry) this.#forward(source, socket, value);
        break;
      case SocketOrder.consumed:
        if (isCount(value)) socket.consumed(value);
        break;
      case SocketOrder.sendTo:
        this.#sendTo(source, socket, value, where);
        break;
      default:
        control(socket, order, value);
    }
  }

  /** Only for the trusted: messages leave in other services' names. */
  #forward(source: Address, socket: StreamEntry, value: unknown): void {
    const { rights, routeTo } = this.#parts;
    if (!rights.isTrusted(source)) {
      rights.noteRefusal(source);
      return;
    }
    const [to, client] = Array.isArray(value) ? (value as unknown[]) : [];
    if (!isCount(to)) {
      socket.unforward();
      return;
    }
    const route = routeTo(to as Address);
    if (route === undefined) socket.routeEnded();
    else socket.forward(route, isCount(client) ? (client as Address) : undefined);
  }

  #sendTo(source: Address, socket: OwnedSocket, block: unknown, where: unknown): void {
    if (!(block instanceof Uint8Array && where instanceof Uint8Array)) return;
    const target = unpackDatagramAddress(where);
    if (target === undefined || target.port === 0 || !(socket instanceof DatagramEntry)) return;
    try {
      this.#parts.rights.checkNet(source, "connect", target.host, target.port);
    } catch {
      return; // counted as refused; nobody waits for an answer
    }
    socket.sendTo(block, target);
  }
}

function control(socket: OwnedSocket, order: unknown, value: unknown): void {
  switch (order) {
    case SocketOrder.close:
      socket.close();
      break;
    case SocketOrder.shutdown:
      socket.destroy();
      break;
    case SocketOrder.abandon:
      socket.setPaused(true);
      socket.heir = typeof value === "number" ? (value as Address) : undefined;
      break;
    case SocketOrder.pause:
      socket.setPaused(true);
      break;
    case SocketOrder.resume:
      socket.setPaused(false);
      break;
    case SocketOrder.noDelay:
      socket.setNoDelay(value !== false);
      break;
    default: // a stranger's
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isSafeInteger(value);
}
