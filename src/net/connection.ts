// Connection: one accepted TCP connection with its bounds.
// Main thread. Made by listener.ts; read and written by whoever opened the port.
// Invariant: `onClose` is called exactly once, unless the socket was handed over; errors end in it
// and nowhere else.

import type { Socket } from "node:net";
import { BoundedWriter } from "./bounded-writer.ts";
import { IdleTimer } from "./idle-timer.ts";
import type { NetClock } from "./net-clock.ts";

const endMsMax = 2000; // for a peer that neither takes the last bytes nor hangs up

/** Why a connection has ended. */
export type CloseReason =
  | { readonly kind: "ended" }
  | { readonly kind: "idle"; readonly idleMs: number }
  | { readonly kind: "slow"; readonly waitingBytes: number; readonly writeBytesMax: number }
  | { readonly kind: "broken"; readonly text: string };

export type ConnectionHandlers = {
  readonly onData: (chunk: Buffer) => void;
  /**
   * The peer sends no more; it may still read. Without it the connection is ended when this
   * happens.
   */
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
  readonly #clock: NetClock;
  #forgetEnd: (() => void) | undefined;
  #reason: CloseReason = { kind: "ended" };

  constructor(socket: Socket, { clock, idleMs, writeBytesMax }: ConnectionOptions) {
    this.#socket = socket;
    this.#clock = clock;
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

  /**
   * Resolves when the peer keeps up with what is written (at once when it does), or the connection
   * has ended.
   */
  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#socket.destroyed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => {
      this.#socket.off("drain", settle);
      this.#socket.off("close", settle);
      resolve();
    };
    this.#socket.on("drain", settle);
    this.#socket.on("close", settle);
    return promise;
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

  /** Ends the connection when what was written has gone out; what still comes in is dropped. */
  end(): void {
    if (this.#forgetEnd !== undefined) return;
    this.#forgetEnd = this.#clock.after(endMsMax, () => this.#socket.destroy());
    this.#socket.off("data", this.#onData);
    this.#socket.end();
    // Read on, for a socket closed with unread bytes takes what was written last with it.
    this.#socket.resume();
  }

  /** Ends the connection at once; what was written may be lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Gives the bare socket away, paused, with `unread` put back in front of its stream. Nothing here
   * looks at it any more, its errors included.
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
    if (this.#handlers?.onEnd === undefined) this.end();
    else this.#handlers.onEnd();
  };

  readonly #onError = (error: Error): void => {
    if (this.#reason.kind === "ended") this.#reason = { kind: "broken", text: error.message };
  };

  readonly #onClose = (): void => {
    this.#idle.stop();
    this.#forgetEnd?.();
    this.#handlers?.onClose(this.#reason);
  };
}
