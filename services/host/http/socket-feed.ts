// Socket feed: one WebSocket connection and the events of it that its service has not taken yet.
// Shard 0. Made by sockets.ts.
// Invariant: one batch is with the owner at a time; the next goes when it has been handled, to
// whoever is the owner then. A full mailbox loses nothing: the batch is sent again.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { isCodedError } from "../../../wire/coded-error.ts";
import { websocketProtocol, type SocketEvent } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import type { Link } from "./http-powers.ts";

export type FeedParts = {
  readonly id: number;
  readonly owner: Address;
  readonly waitingBytesMax: number;
  readonly after: (ms: number, act: () => void) => void;
  /** The connection has ended, and its owner knows it. Once. */
  readonly onEnd: () => void;
};

const retryMsMin = 10;
const retryMsMax = 500;
/** In which a service must have taken the first event: it may not know of the connection at all. */
const openMsMax = 10_000;

const givenUp: readonly SocketEvent[] = [
  ["error", "the service did not take the connection"],
  ["close", 1001, ""],
];

export class SocketFeed {
  readonly link: Link;
  #owner: Address;
  readonly #isonet: typeof Isonet;
  readonly #parts: FeedParts;
  #events: SocketEvent[] = [];
  #unreadBytes = 0;
  #isDelivering = false;
  #isPaused = false;
  #isClosed = false;
  #hasOpened = false;
  #isOver = false;
  #warnedBytes = 0;
  #draining: (() => void)[] = [];

  constructor(isonet: typeof Isonet, link: Link, parts: FeedParts) {
    this.#isonet = isonet;
    this.#parts = parts;
    this.link = link;
    this.#owner = parts.owner;
  }

  get owner(): Address {
    return this.#owner;
  }

  /** What is with the owner now is handled there. */
  handOver(to: Address): void {
    this.#owner = to;
    this.#hasOpened = false;
  }

  begin(event: SocketEvent): void {
    this.#push(event, 0);
    this.link.open({
      onMessage: (data) => this.#push(["message", data], data.length),
      onPing: (data) => this.#push(["ping", data], data.length),
      onPong: (data) => this.#push(["pong", data], data.length),
      onClose: (code, reason, fault) => {
        this.#isClosed = true;
        this.#drained();
        if (fault !== "") this.#push(["error", fault], 0);
        this.#push(["close", code, reason], 0);
      },
    });
  }

  /** Beyond the bound the peer is too slow, and is cut off. */
  // hot: bench websocket-echo
  write(data: string | Uint8Array): void {
    const { link } = this;
    const { waitingBytesMax } = this.#parts;
    link.write(data, this.#onTaken);
    const waiting = link.waitingBytes;
    if (waiting > waitingBytesMax) {
      link.destroy(`${waiting} bytes wait for the peer, which reads too slowly (waitingBytesMax)`);
    } else if (waiting >= Math.max(2 * this.#warnedBytes, limits.websocketWarningBytes)) {
      this.#warnedBytes = waiting;
      this.#push(["warning", Math.ceil(waiting / 1024)], 0);
    }
  }

  readonly #onTaken = (): void => {
    if (this.#warnedBytes === 0 && this.#draining.length === 0) return;
    const waiting = this.link.waitingBytes;
    if (waiting < limits.httpPieceBytes) this.#drained();
    if (waiting > 0 || this.#warnedBytes === 0) return;
    this.#warnedBytes = 0;
    this.#push(["warning", 0], 0);
  };

  drained(): Promise<void> {
    if (this.#isClosed || this.link.waitingBytes < limits.httpPieceBytes) return Promise.resolve();
    return new Promise((resolve) => void this.#draining.push(resolve));
  }

  #drained(): void {
    const waiting = this.#draining;
    this.#draining = [];
    for (const resolve of waiting) resolve();
  }

  /** The owner has ended. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events = [];
    if (!this.#isClosed) this.link.close(1001, "");
    // A peer that does not answer the close is cut off.
    this.#parts.after(1000, () => this.link.destroy("its service has ended"));
    this.#parts.onEnd();
  }

  /** The owner does not handle it, and may have it waiting for its `accept`. */
  #giveUp(): void {
    this.#isonet.send(this.#owner, websocketProtocol.name, this.#parts.id, givenUp);
    this.abandon();
  }

  #push(event: SocketEvent, bytes: number): void {
    if (this.#isOver) return;
    this.#events.push(event);
    this.#unreadBytes += bytes;
    const { websocketEventsMax, websocketUnreadBytesMax } = limits;
    const isFull =
      this.#events.length >= websocketEventsMax || this.#unreadBytes >= websocketUnreadBytesMax;
    if (isFull && !this.#isPaused && !this.#isClosed) {
      this.#isPaused = true;
      this.link.pause();
    }
    if (!this.#isDelivering) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#isDelivering = true;
    let retryMs = retryMsMin;
    while (this.#events.length > 0) {
      const batch = this.#events.slice(0, limits.websocketEventsMax);
      try {
        const timeoutMs = this.#hasOpened ? 0 : openMsMax;
        const to = { to: this.#owner, timeoutMs };
        await this.#isonet.call(to, websocketProtocol.name, this.#parts.id, batch);
      } catch (error) {
        if (this.#isOver) break;
        if (!isPassing(error)) {
          this.#giveUp();
          break;
        }
        await new Promise<void>((resolve) => this.#parts.after(retryMs, resolve));
        retryMs = Math.min(2 * retryMs, retryMsMax);
        continue;
      }
      if (this.#isOver) break;
      retryMs = retryMsMin;
      this.#hasOpened = true;
      this.#taken(batch);
    }
    this.#isDelivering = false;
  }

  #taken(batch: readonly SocketEvent[]): void {
    this.#events.splice(0, batch.length);
    for (const event of batch) this.#unreadBytes -= bytesOf(event);
    if (batch.at(-1)?.[0] === "close") {
      this.#isOver = true;
      this.#parts.onEnd();
    } else if (this.#isPaused && this.#unreadBytes < limits.websocketUnreadBytesMax / 2) {
      this.#isPaused = false;
      this.link.resume();
    }
  }
}

function bytesOf([kind, value]: SocketEvent): number {
  return kind === "message" || kind === "ping" || kind === "pong" ? value.length : 0;
}

/** A refusal that passes: the service's mailbox, or the way to it, is full. */
function isPassing(error: unknown): boolean {
  return isCodedError(error) && (error.code === "MAILBOX_FULL" || error.code === "LINK_FULL");
}
