// Socket table: every socket of the host's services by its id.
// Shard 0. Filled by sockets.ts and the listeners; each socket takes itself out.
// Invariant: an id is given again only when 2^31 others have been, and never while it is in use.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import type { OwnedSocket } from "./owned-socket.ts";
import type { SocketOwner } from "./socket-owner.ts";

const idMax = 0x7fff_ffff;

export class SocketTable {
  readonly #sockets = new Map<number, OwnedSocket>();
  #lastId = 0;

  get(id: number): OwnedSocket | undefined {
    return this.#sockets.get(id);
  }

  all(): IterableIterator<OwnedSocket> {
    return this.#sockets.values();
  }

  /** Fails with SOCKETS_FULL when the owner, or the host, may have no more. */
  checkRoom({ count, socketsMax }: SocketOwner): void {
    if (count >= socketsMax) {
      const isUntrusted = socketsMax === limits.untrustedSocketsMax;
      const name = isUntrusted ? "untrustedSocketsMax" : "socketsPerServiceMax";
      throw new CodedError("SOCKETS_FULL", `the service has ${count} sockets (${name})`);
    }
    if (this.#sockets.size < limits.socketsMax) return;
    throw new CodedError("SOCKETS_FULL", `the host has ${this.#sockets.size} sockets (socketsMax)`);
  }

  /** An id for `add`. */
  nextId(): number {
    do {
      this.#lastId = this.#lastId === idMax ? 1 : this.#lastId + 1;
    } while (this.#sockets.has(this.#lastId));
    return this.#lastId;
  }

  add<T extends OwnedSocket>(socket: T): T {
    this.#sockets.set(socket.id, socket);
    socket.owner.sockets.add(socket);
    return socket;
  }

  remove(socket: OwnedSocket): void {
    this.#sockets.delete(socket.id);
    socket.owner.leave(socket);
  }
}
