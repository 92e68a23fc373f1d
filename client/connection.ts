// Connection: one connection to a server that carries whole items both ways: frames, or lines.
// The caller's own process. Opened by stream-connection.ts and websocket-connection.ts.
// Invariant: the same contract over TCP and WebSocket; what differs is said at the opener.

import type { ClientClock } from "./client-clock.ts";

export type Connection<T> = AsyncIterable<T> & {
  /** "127.0.0.1:8888", or the URL of a WebSocket. */
  readonly peer: string;
  /** True when nothing can be sent any more. What came before can still be received. */
  readonly hasEnded: boolean;
  /**
   * Sends one item, in order, without waiting.
   *
   * Fails with CONNECTION_LOST when the connection has ended, MESSAGE_TOO_LARGE, and OUTBOX_FULL
   * when `outboundBytesMax` wait for a server that does not take them.
   */
  send(item: T): void;
  /** Resolves when the server keeps up with what was sent, or the connection has ended. */
  drained(): Promise<void>;
  /**
   * The next item; undefined when the connection has ended in good order, by either side.
   *
   * Fails with CALL_TIMEOUT after `withinMs` (default 0: waits as long as the connection lasts),
   * with CONNECTION_LOST when the connection broke or ended within an item, and with
   * PEER_MALFORMED when the server broke the protocol or passed a bound.
   */
  receive(withinMs?: number): Promise<T | undefined>;
  /** Ends the connection when what was sent has gone out; resolves when it has ended. */
  close(): Promise<void>;
  /** Ends the connection at once; what was sent may be lost. */
  destroy(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Carries frames. */
export type FrameConnection = Connection<Uint8Array>;

/** Carries lines of text, without their ends. */
export type LineConnection = Connection<string>;

/** Options of every connection, with the defaults of docs/limits.md. */
export type ConnectionOptions = {
  readonly connectMs?: number;
  readonly inboundBytesMax?: number;
  readonly outboundBytesMax?: number;
  /** For tests. */
  readonly clock?: ClientClock;
};

/** Cuts a stream into items. */
export type Cutter<T> = {
  /** What has come of an item that is not complete; undefined between items. */
  readonly incomplete: string | undefined;
  /** Fails with PEER_MALFORMED: the stream cannot be read on. */
  push(chunk: Uint8Array, onItem: (item: T) => void): void;
};

/** The items as they come, until the connection ends. */
export async function* itemsOf<T>(connection: Pick<Connection<T>, "receive">): AsyncGenerator<T> {
  for (;;) {
    const item = await connection.receive();
    if (item === undefined) return;
    yield item;
  }
}
