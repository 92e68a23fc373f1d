// Owned socket: what the kinds of sockets have in common for whoever holds them.
// Shard 0. Implemented by stream-entry.ts, listener-entry.ts and datagram-entry.ts.
// Invariant: a socket is in the table and with its owner, or with neither.

import type { Address } from "isonet";
import type { SocketFigures } from "../../../wire/socket-protocol.ts";
import type { SocketOwner } from "./socket-owner.ts";

export interface OwnedSocket {
  readonly id: number;
  readonly owner: SocketOwner;
  /** An untrusted service that may start it, or write to it, although it is another's. */
  heir: Address | undefined;
  /** Bytes that wait to be sent. */
  readonly waitingBytes: number;
  /** Begins to receive, for `owner` from here on; false when it is closed. */
  start(owner: SocketOwner): boolean;
  /** There is room for what is read. */
  readOn(): void;
  setPaused(isPaused: boolean): void;
  /** The owner has read so many bytes. */
  consumed(bytes: number): void;
  write(block: Uint8Array, order: { readonly isLow: boolean }): void;
  setNoDelay(on: boolean): void;
  /** Ends it when all is sent. */
  close(): void;
  /** Ends it at once. */
  destroy(): void;
  /** Ends it at once, and tells its owner why. */
  fail(text: string): void;
  figures(): SocketFigures;
}

/** Where sockets are known by their ids; each takes itself out when it is gone. */
export type Shelf = {
  remove(socket: OwnedSocket): void;
  /** Ticks of the host's clock. */
  nowTick(): number;
};
