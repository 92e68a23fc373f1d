// Framed stream: a connection whose bytes come in whole frames, each behind its length.
// Main thread. Made by gate-listener.ts around a stream; used as one by the host service ".socket",
// which gets one frame for each `onData`.
// Invariant: nothing is given while it is paused, in the middle of a chunk as well; a frame that is
// too long, and silence beyond `idleMs`, end it.

import { IdleTimer } from "./idle-timer.ts";
import type { NetClock } from "./net-clock.ts";
import { prefixFrame, PrefixedReader, type PrefixBytes } from "./prefixed-frames.ts";
import type { StreamHandlers, StreamSocket } from "./stream-socket.ts";

export type FramedStreamOptions = {
  readonly clock: NetClock;
  readonly prefixBytes: PrefixBytes;
  readonly bodyBytesMax: number;
  /** 0: never idle. */
  readonly idleMs: number;
};

export class FramedStream {
  readonly #stream: StreamSocket;
  readonly #options: FramedStreamOptions;
  readonly #reader: PrefixedReader;
  /** Runs while it is read. */
  #idle: IdleTimer | undefined;
  #handlers: StreamHandlers | undefined;
  #error: string | undefined;
  #isPaused = true;
  #hasEnded = false;
  #hasToldEnd = false;

  constructor(stream: StreamSocket, options: FramedStreamOptions) {
    const { prefixBytes, bodyBytesMax } = options;
    this.#stream = stream;
    this.#options = options;
    this.#reader = new PrefixedReader((body) => this.#handlers?.onData(body), {
      prefixBytes,
      bodyBytesMax,
      onOversized: (bytes) => this.#abort(`a frame of ${bytes} bytes; at most ${bodyBytesMax}`),
    });
    stream.open({
      onData: (chunk) => {
        this.#idle?.touch();
        this.#reader.push(chunk);
      },
      onEnd: () => {
        this.#hasEnded = true;
        if (!this.#isPaused) this.#tellEnd();
      },
      onWarning: (kib) => this.#handlers?.onWarning(kib),
      onFlushed: () => this.#handlers?.onFlushed(),
      onGone: (error) => this.#gone(error),
    });
  }

  /** Who hears of it. Once. */
  open(handlers: StreamHandlers): void {
    this.#handlers = handlers;
  }

  get peer(): string {
    return this.#stream.peer;
  }

  get local(): string {
    return this.#stream.local;
  }

  get isGone(): boolean {
    return this.#stream.isGone;
  }

  get bytesRead(): number {
    return this.#stream.bytesRead;
  }

  get bytesWritten(): number {
    return this.#stream.bytesWritten;
  }

  get waitingBytes(): number {
    return this.#stream.waitingBytes;
  }

  get isReading(): boolean {
    return this.#stream.isReading;
  }

  setNoDelay(on: boolean): void {
    this.#stream.setNoDelay(on);
  }

  resume(): void {
    const { clock, idleMs } = this.#options;
    this.#isPaused = false;
    // Whoever gets a frame may pause it again.
    if (!this.#reader.release() || this.#isPaused) return;
    if (this.#hasEnded) {
      this.#tellEnd();
      return;
    }
    const onIdle = (): void => this.#abort(`silent for ${idleMs} ms`);
    this.#idle ??= new IdleTimer({ clock, idleMs, onIdle });
    this.#stream.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#reader.hold();
    this.#rest();
    this.#stream.pause();
  }

  /** One that is not read may be as silent as it likes. */
  #rest(): void {
    this.#idle?.stop();
    this.#idle = undefined;
  }

  #tellEnd(): void {
    this.#rest();
    if (this.#hasToldEnd) return;
    this.#hasToldEnd = true;
    this.#handlers?.onEnd();
  }

  /** Bytes as they are: whoever writes has framed them. */
  write(block: Uint8Array, order: { readonly isLow: boolean }): void {
    this.#idle?.touch();
    this.#stream.write(block, order);
  }

  /** The frame with this body, as `write` takes it. Fails with MESSAGE_TOO_LARGE. */
  frameOf(body: Uint8Array): Uint8Array {
    const { prefixBytes, bodyBytesMax } = this.#options;
    return prefixFrame(body, prefixBytes, bodyBytesMax);
  }

  close(): void {
    this.#reader.stop();
    this.#stream.close();
  }

  destroy(): void {
    this.#reader.stop();
    this.#stream.destroy();
  }

  #abort(error: string): void {
    this.#error = error;
    this.destroy();
  }

  #gone(error: string | undefined): void {
    this.#rest();
    this.#reader.stop();
    this.#handlers?.onGone(this.#error ?? error);
  }
}
