// Inbound: what has come in on a connection and was not taken yet.
// The caller's own process. Fed by a connection's reader, drained by `take`, in the order of
// arrival.
// Invariant: whoever waits in `take` gets an item, the end, its failure or a timeout; what came
// before the end is given out before it.

import { CodedError } from "../wire/coded-error.ts";
import type { ClientClock } from "./client-clock.ts";

export type InboundOptions<T> = {
  readonly clock: ClientClock;
  /** Bytes that may wait. An item costs its own and a few for itself, so that empty ones count. */
  readonly bytesMax: number;
  readonly sizeOf: (item: T) => number;
  /** More waits than may: nothing should be added for now. What is added nevertheless is kept. */
  readonly onFull: () => void;
  /** There is room again. */
  readonly onRoom: () => void;
  /** Who speaks, for texts. */
  readonly peer: string;
};

const itemBytes = 32;

type Taker<T> = {
  readonly resolve: (item: T | undefined) => void;
  readonly reject: (error: CodedError) => void;
};

type End = { readonly failure: CodedError | undefined };

export class Inbound<T> {
  readonly #options: InboundOptions<T>;
  readonly #takers = new Set<Taker<T>>();
  #items: T[] = [];
  #first = 0;
  #bytes = 0;
  #isFull = false;
  #end: End | undefined;

  constructor(options: InboundOptions<T>) {
    this.#options = options;
  }

  /** Bytes that wait, by the measure of `bytesMax`. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  add(item: T): void {
    if (this.#end !== undefined) return;
    const [taker] = this.#takers;
    if (taker !== undefined) {
      this.#takers.delete(taker);
      taker.resolve(item);
      return;
    }
    this.#items.push(item);
    this.#bytes += this.#options.sizeOf(item) + itemBytes;
    if (this.#isFull || this.#bytes <= this.#options.bytesMax) return;
    this.#isFull = true;
    this.#options.onFull();
  }

  /** Nothing more comes: in good order, or because of `failure`. The first end counts. */
  end(failure?: CodedError): void {
    if (this.#end !== undefined) return;
    this.#end = { failure };
    for (const taker of this.#takers) {
      if (failure === undefined) taker.resolve(undefined);
      else taker.reject(failure);
    }
    this.#takers.clear();
  }

  /** Forgets what waits, and ends. */
  drop(failure?: CodedError): void {
    this.#items = [];
    this.#first = 0;
    this.#bytes = 0;
    this.end(failure);
  }

  /**
   * The next item; undefined after the last. Fails as the connection did, and with CALL_TIMEOUT
   * after `withinMs`; 0: waits as long as the connection lasts.
   */
  take(withinMs: number): Promise<T | undefined> {
    if (this.#first < this.#items.length) return Promise.resolve(this.#shift());
    if (this.#end !== undefined) {
      const { failure } = this.#end;
      return failure === undefined ? Promise.resolve(undefined) : Promise.reject(failure);
    }
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const taker = { resolve, reject };
    this.#takers.add(taker);
    if (withinMs === 0) return promise;
    const forget = this.#options.clock.after(withinMs, () => {
      this.#takers.delete(taker);
      const { peer } = this.#options;
      reject(new CodedError("CALL_TIMEOUT", `${peer} has sent nothing for ${withinMs} ms`));
    });
    return promise.finally(forget);
  }

  #shift(): T {
    const item = this.#items[this.#first++] as T;
    this.#bytes -= this.#options.sizeOf(item) + itemBytes;
    // Moved up in one go when half is spent: an item costs the same however many wait.
    if (this.#first * 2 >= this.#items.length) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#isFull && this.#bytes * 2 <= this.#options.bytesMax) {
      this.#isFull = false;
      this.#options.onRoom();
    }
    return item;
  }
}
