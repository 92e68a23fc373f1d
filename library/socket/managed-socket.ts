// Managed socket: what this service knows of one socket of its own: its unread bytes, who reads
// them, and how it stands.
// Guest: part of the library "isonet/socket". Told of events by pool.ts; asked by the functions of
// the library.
// Invariant: one thread reads at a time, and goes on when it has what it wants or nothing more
// comes; the host is told of all that was read.

import { sleep, wait, wakeup } from "isonet";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { SocketOrder } from "../../wire/socket-protocol.ts";
import { Inbound } from "./inbound.ts";
import { order } from "./orders.ts";

/** FrameEvents of the contract, as functions. */
export type FrameHandlers = {
  readonly connect: (id: number, peer: string) => unknown;
  readonly frame: (id: number, body: Uint8Array) => unknown;
  readonly error: (id: number, text: string) => unknown;
  readonly close: (id: number) => unknown;
  readonly warning: (id: number, kib: number) => unknown;
};

/** What a reader waits for: so many bytes, a separator, or the end. */
export type Wanted =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "separator"; readonly separator: Uint8Array }
  | { readonly kind: "end" };

/** "gone": nothing more comes, and the socket may still have to be closed. */
export type Standing = "open" | "gone";

const tickMs = 10;
const closeTicks = limits.socketCloseMs / tickMs + 500; // the host's own time is up first

export class ManagedSocket {
  readonly id: number;
  readonly inbound = new Inbound();
  standing: Standing = "open";
  isClosing = false;
  /** Why it is gone, when that was an error. */
  error: string | undefined;
  /** Of a listener. */
  accept: ((id: number, peer: string) => unknown) | undefined;
  /** Of a port whose connections come in frames, and of those. */
  events: FrameHandlers | undefined;
  onDatagram: ((data: Uint8Array, from: Uint8Array) => unknown) | undefined;
  onWarning: ((id: number, kib: number) => unknown) | undefined;
  onClose: ((id: number) => unknown) | undefined;
  #limitBytes: number | undefined;
  #isOverLimit = false;
  #isPaused = false;
  #wanted: Wanted | undefined;
  #isReading = false;
  /** Bytes that came in and that the host counts as unread. */
  #owedBytes = 0;
  /** Threads that wait for the end. */
  readonly #waiting = new Set<object>();

  constructor(id: number) {
    this.id = id;
  }

  // --- events --------------------------------------------------------------------------------

  // hot: bench gate-echo
  received(chunk: Uint8Array): void {
    this.#owedBytes += chunk.length;
    this.inbound.push(chunk);
    if (this.#wanted === undefined) {
      this.#checkLimit();
    } else if (this.#isSatisfied(this.#wanted)) {
      this.#wanted = undefined;
      wakeup(this);
    } else {
      this.#checkLimit();
      this.#acknowledge();
    }
  }

  /** A frame has been handed on. */
  taken(bytes: number): void {
    this.#owedBytes += bytes;
    this.#acknowledge();
  }

  ended(error?: string): void {
    if (this.standing === "gone") return;
    this.standing = "gone";
    this.error = error;
    this.#wanted = undefined;
    wakeup(this);
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const token of waiting) wakeup(token);
  }

  // --- reading -------------------------------------------------------------------------------

  /**
   * Runs `take` when what is wanted is there: undefined when the stream ends before.
   * Fails with SOCKET_BUSY, READ_LIMIT.
   */
  async read<T>(wanted: Wanted, take: () => T): Promise<T | undefined> {
    if (this.#isReading) {
      throw new CodedError("SOCKET_BUSY", `another thread reads socket ${this.id}`);
    }
    this.#isReading = true;
    this.inbound.searchAnew();
    try {
      while (!this.#isSatisfied(wanted)) {
        if (this.standing === "gone") break;
        await this.#more(wanted);
      }
      if (this.#isOverLimit) throw this.#overLimit();
      if (!this.#isSatisfied(wanted) && wanted.kind !== "end") return undefined;
      const taken = take();
      this.#acknowledge();
      return taken;
    } finally {
      this.#isReading = false;
      this.#wanted = undefined;
    }
  }

  async #more(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    if (this.#isPaused) this.#setPaused(false);
    this.#checkLimit();
    this.#acknowledge();
    if (this.standing !== "gone") await wait(this);
  }

  #isSatisfied(wanted: Wanted): boolean {
    if (wanted.kind === "count") return this.inbound.length >= wanted.count;
    if (wanted.kind === "end") return false;
    const at = this.inbound.find(wanted.separator);
    return at >= 0 && at <= this.#lineMax;
  }

  get #lineMax(): number {
    return this.#limitBytes ?? limits.socketLineBytesMax;
  }

  /** What a reader waits for counts as read: it wants more than what is here. */
  #acknowledge(): void {
    const unread = this.#wanted === undefined ? this.inbound.length : 0;
    const read = this.#owedBytes - unread;
    if (read < limits.socketConsumedBytes || this.standing === "gone") return;
    this.#owedBytes -= read;
    order(SocketOrder.consumed, this.id, read);
  }

  rest(): Uint8Array {
    const bytes = this.inbound.takeAll();
    this.#acknowledge();
    return bytes;
  }

  // --- bounds --------------------------------------------------------------------------------

  setLimit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#checkLimit();
  }

  /** Ends the socket when more waits than may. */
  #checkLimit(): void {
    if (this.#isOverLimit || !this.#isOver(this.#wanted)) return;
    this.#isOverLimit = true;
    const size = this.inbound.length;
    this.inbound.clear();
    order(SocketOrder.shutdown, this.id);
    this.ended(`socket buffer overflow: fd=${this.id} size=${size}`);
  }

  /** A line is judged by its own length, however it is split and whatever follows it. */
  #isOver(wanted: Wanted | undefined): boolean {
    if (wanted?.kind === "count") return false;
    if (wanted?.kind !== "separator") return this.inbound.length > (this.#limitBytes ?? Infinity);
    return this.inbound.length >= this.#lineMax + wanted.separator.length;
  }

  #overLimit(): CodedError {
    return new CodedError(
      "READ_LIMIT",
      `more than ${this.#lineMax} bytes waited unread on socket ${this.id} ` +
        "(limit, or socketLineBytesMax for a line)",
    );
  }

  pause(): void {
    if (!this.#isPaused) this.#setPaused(true);
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    order(isPaused ? SocketOrder.pause : SocketOrder.resume, this.id);
  }

  // --- end ------------------------------------------------------------------------------------

  /** Waits until it is gone, and until the thread that reads it has got what there was. */
  async whenGone(): Promise<void> {
    if (this.standing !== "gone") {
      const token = {};
      this.#waiting.add(token);
      try {
        await sleep(closeTicks, token);
      } finally {
        this.#waiting.delete(token);
      }
    }
    this.ended();
  }
}
