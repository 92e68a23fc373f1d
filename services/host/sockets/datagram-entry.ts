// Datagram entry: one UDP socket of a service.
// Shard 0. Told of by its socket; ordered by sockets.ts for its owner.
// Invariant: a datagram for an owner that does not keep up is dropped: nothing waits for it.

import type { Address } from "isonet";
import { packDatagramAddress } from "../../../wire/datagram-address.ts";
import {
  errorTextBytesMax,
  SocketEvent,
  type SocketFigures,
} from "../../../wire/socket-protocol.ts";
import type { DatagramHandlers, Datagrams } from "./net-powers.ts";
import type { OwnedSocket, Shelf } from "./owned-socket.ts";
import type { SocketOwner } from "./socket-owner.ts";

const fromBytes = 19; // where an IPv6 datagram is from

export class DatagramEntry implements OwnedSocket, DatagramHandlers {
  readonly id: number;
  heir: Address | undefined;
  isShared = false;
  readonly #socket: Datagrams;
  readonly #shelf: Shelf;
  #owner: SocketOwner;
  #isPaused = false;
  #isClosing = false;
  #readTick = 0;
  #writeTick = 0;

  constructor(id: number, owner: SocketOwner, socket: Datagrams, shelf: Shelf) {
    this.id = id;
    this.#owner = owner;
    this.#socket = socket;
    this.#shelf = shelf;
    socket.open(this);
  }

  get owner(): SocketOwner {
    return this.#owner;
  }

  get waitingBytes(): number {
    return this.#socket.waitingBytes;
  }

  start(owner: SocketOwner): boolean {
    if (this.#isClosing) return false;
    if (owner !== this.#owner) {
      owner.takeOver(this);
      this.#owner = owner;
    }
    this.heir = undefined;
    this.#isPaused = false;
    return true;
  }

  onDatagram(bytes: Uint8Array, host: string, port: number): void {
    if (this.#isPaused || this.#owner.isFull) return;
    const from = packDatagramAddress({ host, port });
    if (from === undefined) return;
    this.#readTick = this.#shelf.nowTick();
    this.#owner.tell(SocketEvent.datagram, this.id, [bytes, from], bytes.length + fromBytes);
  }

  setTarget(host: string, port: number): void {
    this.#socket.setTarget(host, port);
  }

  write(block: Uint8Array): void {
    this.#writeTick = this.#shelf.nowTick();
    this.#socket.send(block);
  }

  sendTo(block: Uint8Array, target: { readonly host: string; readonly port: number }): void {
    this.#writeTick = this.#shelf.nowTick();
    this.#socket.send(block, target);
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  readOn(): void {}

  consumed(): void {}

  setNoDelay(): void {}

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close();
  }

  destroy(): void {
    this.close();
  }

  onGone(error: string | undefined): void {
    if (error === undefined) this.#owner.tell(SocketEvent.close, this.id, undefined);
    else this.#owner.tell(SocketEvent.error, this.id, error.slice(0, errorTextBytesMax));
    this.#shelf.remove(this);
  }

  /** Datagrams may be lost. */
  fail(): void {}

  figures(): SocketFigures {
    return {
      id: this.id,
      address: this.#owner.address,
      type: "UDP",
      read: this.#socket.bytesRead,
      write: this.#socket.bytesWritten,
      wbuffer: this.#socket.waitingBytes,
      rtime: this.#readTick,
      wtime: this.#writeTick,
      reading: !this.#isPaused,
      writing: this.#socket.waitingBytes > 0,
      peer: this.#socket.peer,
      sock: this.#socket.local,
      accept: 0,
    };
  }
}
