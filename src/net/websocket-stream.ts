// WebSocket stream: a WebSocket connection as the host service ".socket" takes its connections: one
// message is one frame.
// Main thread. Made by websocket-gate.ts for each connection.
// Invariant: nothing is read before `resume`; `onGone` is called once, and nothing after it.

import type { Socket } from "node:net";
import { IdleTimer } from "./idle-timer.ts";
import type { NetClock } from "./net-clock.ts";
import { RoundCork } from "./round-cork.ts";
import { endText, type StreamHandlers } from "./stream-socket.ts";
import type { WebSocket } from "./websocket.ts";
import { WriteWarning } from "./write-warning.ts";

export type WebSocketStreamOptions = {
  readonly clock: NetClock;
  /** Bytes that wait to be sent at which the owner is warned; then at each doubling. */
  readonly warningBytes: number;
  readonly sendsText: boolean;
  /** 0: never idle. */
  readonly idleMs: number;
};

const closeNormal = 1000;

export class WebSocketStream {
  readonly peer: string;
  readonly local: string;
  readonly #connection: WebSocket;
  readonly #socket: Socket;
  readonly #options: WebSocketStreamOptions;
  #handlers: StreamHandlers | undefined;
  #error: string | undefined;
  /** Runs while it is read. */
  #idle: IdleTimer | undefined;
  #isListening = false;
  #isClosing = false;
  readonly #cork: RoundCork;
  readonly #warning: WriteWarning;

  constructor(connection: WebSocket, socket: Socket, options: WebSocketStreamOptions) {
    this.#connection = connection;
    this.#socket = socket;
    this.#options = options;
    this.#cork = new RoundCork(socket);
    this.#warning = new WriteWarning(options.warningBytes, (kib) => this.#handlers?.onWarning(kib));
    this.peer = endText(socket.remoteAddress, socket.remotePort);
    this.local = endText(socket.localAddress, socket.localPort);
    connection.pause();
    connection.on("error", (error) => {
      this.#error ??= error.message;
    });
    connection.on("close", this.#onGone);
  }

  /** Who hears of it. Once. */
  open(handlers: StreamHandlers): void {
    this.#handlers = handlers;
  }

  get isGone(): boolean {
    return this.#connection.readyState === this.#connection.CLOSED;
  }

  get isReading(): boolean {
    return this.#isListening && !this.#connection.isPaused;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  get waitingBytes(): number {
    return this.#connection.bufferedAmount;
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  resume(): void {
    if (this.#isClosing) return;
    if (!this.#isListening) {
      this.#isListening = true;
      this.#connection.on("message", this.#onMessage);
    }
    const { clock, idleMs } = this.#options;
    const onIdle = (): void => this.#abort(`silent for ${idleMs} ms`);
    this.#idle ??= new IdleTimer({ clock, idleMs, onIdle });
    this.#connection.resume();
  }

  pause(): void {
    this.#rest();
    if (!this.#isClosing) this.#connection.pause();
  }

  /** One message. */
  // hot: bench gate-echo
  write(block: Uint8Array): void {
    const connection = this.#connection;
    if (this.#isClosing || connection.readyState !== connection.OPEN) return;
    this.#idle?.touch();
    this.#cork.cork();
    connection.send(block, { binary: !this.#options.sendsText }, this.#sent);
    this.#warning.observe(connection.bufferedAmount);
  }

  /** A message is a frame as it is. */
  frameOf(body: Uint8Array): Uint8Array {
    return body;
  }

  /** Says good-bye when all has been sent; ws waits for the answer and then hangs up. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#rest();
    this.#connection.off("message", this.#onMessage);
    this.#connection.resume(); // the peer's good-bye has to be read
    this.#connection.close(closeNormal);
  }

  /** Ends it at once; what was not sent is lost. */
  destroy(): void {
    this.#isClosing = true;
    this.#connection.terminate();
  }

  readonly #sent = (): void => {
    if (this.#connection.bufferedAmount === 0) this.#warning.drained();
  };

  readonly #onMessage = (data: unknown): void => {
    this.#idle?.touch();
    this.#handlers?.onData(data as Buffer);
  };

  #rest(): void {
    this.#idle?.stop();
    this.#idle = undefined;
  }

  #abort(error: string): void {
    this.#error = error;
    this.destroy();
  }

  readonly #onGone = (): void => {
    this.#rest();
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.onGone(this.#error);
  };
}
