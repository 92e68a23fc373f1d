// Connection: one accepted TCP connection with its bounds.
// Main thread. Made by listener.ts; read and written by whoever opened the port.
// Invariant: `onClose` is called exactly once, unless the socket was handed over; errors end in it and nowhere else.

import type { Socket } from "node:net";
import { BoundedWriter } from "./bounded-writer.ts";
import { IdleTimer } from "./idle-timer.ts";
import type { NetClock } from "./net-clock.ts";

/** Why a connection has ended. */
export type CloseReason =
  | { readonly kind: "ended" }
  | { readonly kind: "idle"; readonly idleMs: number }
  | { readonly kind: "slow"; readonly waitingBytes: number; readonly writeBytesMax: number }
  | { readonly kind: "broken"; readonly text: string };

export type ConnectionHandlers = {
  readonly onData: (chunk: Buffer) => void;
  /** The peer sends no more; it may still read. Without it the connection is ended when this happens. */
  readonly onEnd?: () => void;
  readonly onClose: (reason: CloseReason) => void;
};

export type ConnectionOptions = {
  readonly clock: NetClock;
  readonly idleMs: number;
  readonly writeBytesMax: number;
};

export class Connection {
  /** "127.0.0.1:40112". */
  readonly peer: string;
  readonly #socket: Socket;
  readonly #writer: BoundedWriter;
  readonly #idle: IdleTimer;
  #handlers: ConnectionHandlers | undefined;
  #reason: CloseReason = { kind: "ended" };

  constructor(socket: Socket, { clock, idleMs, writeBytesMax }: ConnectionOptions) {
    this.#socket = socket;
    this.peer = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
    const onOverflow = (waitingBytes: number): void =>
      this.#abort({ kind: "slow", waitingBytes, writeBytesMax });
    this.#writer = new BoundedWriter(socket, { writeBytesMax, onOverflow });
    this.#idle = new IdleTimer({
      clock,
      idleMs,
      onIdle: () => this.#abort({ kind: "idle", idleMs }),
    });
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** Starts to read. Once. */
  open(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onEnd);
  }

  write(data: Uint8Array | string): boolean {
    return this.#writer.write(data);
  }

  /** Bytes that the peer has not taken yet. */
  get waitingBytes(): number {
    return this.#writer.waitingBytes;
  }

  /** The connection is in use although nothing is read or written. */
  touch(): void {
    this.#idle.touch();
  }

  /** Stops reading: the peer is held back by TCP. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection when what was written has gone out. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection at once; what was written may be lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Gives the bare socket away, paused, with `unread` put back in front of its stream. Nothing here looks at it
   * any more, its errors included.
   */
  handOver(unread: Uint8Array): Socket {
    const socket = this.#socket;
    this.#idle.stop();
    socket.pause();
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onClose);
    socket.off("error", this.#onError);
    if (unread.length > 0) socket.unshift(unread);
    return socket;
  }

  #abort(reason: CloseReason): void {
    this.#reason = reason;
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#idle.touch();
    this.#handlers?.onData(chunk);
  };

  readonly #onEnd = (): void => {
    if (this.#handlers?.onEnd === undefined) this.#socket.end();
    else this.#handlers.onEnd();
  };

  readonly #onError = (error: Error): void => {
    if (this.#reason.kind === "ended") this.#reason = { kind: "broken", text: error.message };
  };

  readonly #onClose = (): void => {
    this.#idle.stop();
    this.#handlers?.onClose(this.#reason);
  };
}
