// Listener entry: one open port of a service, and the connections that come in there.
// Shard 0. Told of by its listener; ordered by sockets.ts for its owner.
// Invariant: a connection is the owner's from the start, unread; before the listener is started,
// and when the owner may have no more sockets, it is ended.

import type { Address } from "isonet";
import { hostPort } from "../../../wire/host-port.ts";
import { isCodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import {
  errorTextBytesMax,
  SocketEvent,
  type SocketFigures,
} from "../../../wire/socket-protocol.ts";
import type { Stream, StreamListener } from "./net-powers.ts";
import type { OwnedSocket, Shelf } from "./owned-socket.ts";
import type { SocketOwner } from "./socket-owner.ts";
import { StreamEntry } from "./stream-entry.ts";
import type { SocketTable } from "./socket-table.ts";

const errorsEveryTicks = 100; // a flood of connections is not a flood of events
const earlyMax = limits.socketBacklog;

export class ListenerEntry implements OwnedSocket {
  readonly id: number;
  heir: Address | undefined;
  isShared = false;
  readonly waitingBytes = 0;
  readonly #table: SocketTable;
  readonly #shelf: Shelf;
  #listener: StreamListener | undefined;
  #owner: SocketOwner;
  #isStarted = false;
  #isPaused = false;
  #isGone = false;
  #accepted = 0;
  #acceptTick = 0;
  #errorTick = -errorsEveryTicks;
  /** Connections that came before the start. */
  #early: Stream[] = [];

  constructor(id: number, owner: SocketOwner, table: SocketTable, shelf: Shelf) {
    this.id = id;
    this.#owner = owner;
    this.#table = table;
    this.#shelf = shelf;
  }

  get owner(): SocketOwner {
    return this.#owner;
  }

  /** The port is open. */
  opened(listener: StreamListener): void {
    this.#listener = listener;
    if (this.#isGone) listener.close();
  }

  get #address(): string {
    const { host = "", port = 0 } = this.#listener ?? {};
    if (port === 0) return host;
    return hostPort(host, port);
  }

  start(owner: SocketOwner): boolean {
    if (this.#isGone) return false;
    if (owner !== this.#owner) {
      owner.takeOver(this);
      this.#owner = owner;
    }
    this.heir = undefined;
    this.#isStarted = true;
    this.setPaused(false);
    return true;
  }

  onConnection(stream: Stream): void {
    if (this.#isGone) {
      stream.destroy();
    } else if (!this.#isStarted || this.#isPaused) {
      this.#wait(stream);
    } else {
      this.#accept(stream);
    }
  }

  #accept(stream: Stream): void {
    try {
      this.#table.checkRoom(this.#owner);
    } catch (error) {
      stream.destroy();
      this.onError(isCodedError(error) ? error.message : String(error));
      return;
    }
    this.#accepted++;
    this.#acceptTick = this.#shelf.nowTick();
    const id = this.#table.nextId();
    const entry = this.#table.add(new StreamEntry(id, this.#owner, stream, this.#shelf));
    this.#owner.tell(SocketEvent.accept, this.id, [entry.id, entry.peer]);
  }

  #wait(stream: Stream): void {
    if (this.#early.length < earlyMax) this.#early.push(stream);
    else stream.destroy();
  }

  onError(text: string): void {
    const now = this.#shelf.nowTick();
    if (now - this.#errorTick < errorsEveryTicks) return;
    this.#errorTick = now;
    this.#owner.tell(SocketEvent.error, this.id, text.slice(0, errorTextBytesMax));
  }

  readOn(): void {}

  consumed(): void {}

  write(): void {}

  setNoDelay(): void {}

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused || !this.#isStarted) return;
    const early = this.#early;
    this.#early = [];
    for (const stream of early) if (!stream.isGone) this.#accept(stream);
  }

  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const stream of this.#early) stream.destroy();
    this.#early = [];
    this.#listener?.close();
    this.#owner.tell(SocketEvent.close, this.id, undefined);
    this.#shelf.remove(this);
  }

  destroy(): void {
    this.close();
  }

  /** A listener loses nothing. */
  fail(): void {}

  figures(): SocketFigures {
    return {
      id: this.id,
      address: this.#owner.address,
      type: "LISTEN",
      read: 0,
      write: 0,
      wbuffer: 0,
      rtime: this.#acceptTick,
      wtime: 0,
      reading: this.#isStarted && !this.#isPaused,
      writing: false,
      peer: "",
      sock: this.#address,
      accept: this.#accepted,
    };
  }
}
