// Gate client: a program's side of a gate: frames out, frames in, over TCP or a WebSocket.
// The caller's own process. Made by its author's program and by `isonet client gate`.
// Invariant: frames come out in the order in which the server sent them.

import { itemsOf, type FrameConnection } from "./connection.ts";
import { connectFrames, type FrameOptions } from "./stream-connection.ts";
import { connectWebSocket, type WebSocketOptions } from "./websocket-connection.ts";

/** A gate on TCP (`port`), or on a WebSocket (`url`). */
export type GateOptions = FrameOptions | WebSocketOptions;

/**
 * A connection to a gate (Skynet's `gate` and `gateserver`).
 *
 *     await using gate = await GateClient.connect({ port: 8888 });
 *     gate.send("hello");
 *     for await (const frame of gate) console.log(Buffer.from(frame).toString());
 */
export class GateClient implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly #connection: FrameConnection;

  private constructor(connection: FrameConnection) {
    this.#connection = connection;
  }

  /**
   * Fails with CONNECT_FAILED when nobody listens there, CALL_TIMEOUT after `connectMs`. A gate
   * that is full takes the connection and ends it at once: the first `receive` gives undefined.
   */
  static async connect(options: GateOptions): Promise<GateClient> {
    const isWebSocket = "url" in options;
    return new GateClient(await (isWebSocket ? connectWebSocket(options) : connectFrames(options)));
  }

  /** "127.0.0.1:8888", or the URL. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** True when nothing can be sent any more. */
  get hasEnded(): boolean {
    return this.#connection.hasEnded;
  }

  /**
   * Sends one frame without waiting; a text as UTF-8. Await `drained` between many.
   *
   * Fails with CONNECTION_LOST, MESSAGE_TOO_LARGE (65,535 bytes behind a length of two bytes) and
   * OUTBOX_FULL.
   */
  send(content: string | Uint8Array): void {
    this.#connection.send(typeof content === "string" ? Buffer.from(content) : content);
  }

  /** Resolves when the gate keeps up with what was sent, or the connection has ended. */
  drained(): Promise<void> {
    return this.#connection.drained();
  }

  /**
   * The next frame; undefined when the connection has ended in good order.
   *
   * Fails with CALL_TIMEOUT after `withinMs` (default 0: waits), CONNECTION_LOST, PEER_MALFORMED.
   */
  receive(withinMs = 0): Promise<Uint8Array | undefined> {
    return this.#connection.receive(withinMs);
  }

  /** The frames as they come; fails as `receive` does. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return itemsOf(this);
  }

  /** Ends the connection when what was sent has gone out. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
