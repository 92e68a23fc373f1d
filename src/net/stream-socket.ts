// Stream socket: one connection of a service: TCP, TLS or a Unix socket.
// Main thread. Made by stream-listener.ts and stream-dialer.ts; used by the host service ".socket".
// Invariant: nothing is read before `resume`; `onGone` is called once, and nothing after it.

import type { Socket } from "node:net";
import { getSystemErrorMessage } from "node:util";
import { hostPort } from "../../wire/host-port.ts";
import type { NetClock } from "./net-clock.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import { prefixFrame } from "./prefixed-frames.ts";

export type StreamHandlers = {
  onData(chunk: Uint8Array): void;
  /** The peer sends no more; it may still read. */
  onEnd(): void;
  onWarning(kib: number): void;
  /** All that was written before `close` is sent; the peer may not have hung up yet. */
  onFlushed(): void;
  /** It is gone; `error` says why when that was neither side's wish. */
  onGone(error: string | undefined): void;
};

export type StreamOptions = {
  readonly clock: NetClock;
  readonly warningBytes: number;
  /** Time for what was written before `close` to be sent. */
  readonly closeMs: number;
};

const lingerMsMax = 2000; // for a peer that has got everything and does not hang up

export class StreamSocket {
  /** "127.0.0.1:40112", "[::1]:40112", or "" for a Unix socket. */
  readonly peer: string;
  readonly local: string;
  readonly #socket: Socket;
  readonly #options: StreamOptions;
  readonly #outbound: OutboundQueue;
  #handlers: StreamHandlers | undefined;
  #error: string | undefined;
  #isReading = false;
  #isClosing = false;
  #forget: (() => void) | undefined;

  constructor(socket: Socket, options: StreamOptions) {
    this.#socket = socket;
    this.#options = options;
    this.peer = endText(socket.remoteAddress, socket.remotePort);
    this.local = endText(socket.localAddress, socket.localPort);
    this.#outbound = new OutboundQueue(socket, options.warningBytes, {
      onWarning: (kib) => this.#handlers?.onWarning(kib),
      onDrained: () => {
        if (this.#isClosing) this.#end();
      },
    });
    socket.on("error", (error) => {
      this.#error ??= errorText(error);
    });
    socket.on("close", this.#onGone);
  }

  /** Who hears of it. Once. */
  open(handlers: StreamHandlers): void {
    this.#handlers = handlers;
  }

  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  /** Bytes that the system has not taken. */
  get waitingBytes(): number {
    return this.#outbound.bytes;
  }

  get isReading(): boolean {
    return this.#isReading && !this.#socket.isPaused();
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  resume(): void {
    if (this.#isClosing) return;
    if (!this.#isReading) {
      this.#isReading = true;
      this.#socket.on("data", this.#onData);
      this.#socket.on("end", this.#onEnd);
    }
    this.#socket.resume();
  }

  pause(): void {
    if (!this.#isClosing) this.#socket.pause();
  }

  // hot: bench gate-echo
  write(block: Uint8Array, order: { readonly isLow: boolean }): void {
    if (!this.#isClosing) this.#outbound.push(block, order);
  }

  /**
   * The body behind its length in two bytes, as `write` takes it. Fails with MESSAGE_TOO_LARGE.
   */
  frameOf(body: Uint8Array): Uint8Array {
    return prefixFrame(body);
  }

  /** Ends it when all has been sent; what still comes in is dropped. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.off("data", this.#onData);
    this.#forget = this.#options.clock.after(this.#options.closeMs, () => this.#socket.destroy());
    if (this.#outbound.bytes === 0) this.#end();
    // Read on, for a socket closed with unread bytes takes what was written last with it.
    this.#socket.resume();
  }

  /** Ends it at once; what was not sent is lost. */
  destroy(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  #end(): void {
    this.#socket.end(() => {
      this.#forget?.();
      if (this.#socket.destroyed) return;
      this.#handlers?.onFlushed();
      if (this.#socket.readableEnded) this.#socket.destroy();
      else this.#forget = this.#options.clock.after(lingerMsMax, () => this.#socket.destroy());
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#handlers?.onData(chunk);
  };

  readonly #onEnd = (): void => {
    this.#handlers?.onEnd();
  };

  readonly #onGone = (): void => {
    this.#forget?.();
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.onGone(this.#error);
  };
}

/** "127.0.0.1:80", "[::1]:80"; "" for an end without an address. */
export function endText(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return "";
  return hostPort(host, port);
}

/** The system's own words for what failed: "connection refused (ECONNREFUSED)". */
export function errorText(error: Error): string {
  const { code, errno } = error as NodeJS.ErrnoException;
  const isSystems = typeof errno === "number" && errno < 0;
  if (isSystems) return `${getSystemErrorMessage(errno)} (${code})`;
  return code === undefined || error.message.includes(code)
    ? error.message || String(code)
    : `${error.message} (${code})`;
}
