// Recorders: the recordings of one shard's services, and their way to the host, which has the
// files.
// One thread. Made with the control service; asked by guest-services.ts.
// Invariant: what waits for the host is bounded: a recording that is too far ahead of its file
// ends.

import { closeSync, openSync, write } from "node:fs";
import type * as Isonet from "isonet";
import { makeAddress, wellKnown } from "../../wire/address.ts";
import { limits } from "../../wire/limits.ts";
import type { ServiceIsolate } from "../engine/engine.ts";
import { Recorder, type RecordingOrder } from "./recorder.ts";
import type { Shard } from "./shard.ts";

type Part = { readonly bytes: Uint8Array; readonly isLast: boolean };

type Sending = {
  readonly order: RecordingOrder;
  /** Of its file; -1: it has none here. */
  readonly descriptor: number;
  readonly waiting: Part[];
  waitingBytes: number;
  isSending: boolean;
  isRefused: boolean;
};

const sendMs = 100; // a file is at most this far behind its service
const sendTimeoutMs = 30_000;

export class Recorders {
  readonly #isonet: typeof Isonet;
  readonly #host: Isonet.Address;
  readonly #open = new Map<number, Recorder>();
  #timer: NodeJS.Timeout | undefined;

  constructor(shard: Shard, isonet: typeof Isonet) {
    this.#isonet = isonet;
    this.#host = makeAddress(shard.options.node, wellKnown.shardControl);
  }

  /** The recorder of the service at this address, from before its module's body. */
  start(address: number, isolate: ServiceIsolate, order: RecordingOrder): Recorder {
    const { file } = order;
    const sending: Sending = {
      order,
      descriptor: file === undefined ? -1 : openSync(file, "a"),
      waiting: [],
      waitingBytes: 0,
      isSending: false,
      isRefused: false,
    };
    const recorder: Recorder = new Recorder({
      isolate,
      order,
      epochMs: () => Date.now(),
      send: (bytes, isLast) => {
        if (isLast && this.#open.get(address) === recorder) this.#open.delete(address);
        this.#send(sending, { bytes, isLast }, recorder);
      },
    });
    this.#open.set(address, recorder);
    this.#timer ??= setInterval(() => this.#sendAll(), sendMs);
    return recorder;
  }

  /** False when the service is not recorded. */
  stop(address: number, why: string): boolean {
    const recorder = this.#open.get(address);
    recorder?.end(why);
    return recorder !== undefined;
  }

  #sendAll(): void {
    for (const recorder of this.#open.values()) recorder.sendSoFar();
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #send(sending: Sending, part: Part, recorder: Recorder): void {
    if (sending.isRefused) return;
    sending.waiting.push(part);
    sending.waitingBytes += part.bytes.length;
    if (sending.waitingBytes > limits.recordBacklogBytesMax && !recorder.isOver) {
      recorder.end(`its file is ${sending.waitingBytes} bytes behind (recordBacklogBytesMax)`);
    }
    if (sending.isSending) return;
    sending.isSending = true;
    // Not in the turn of the service that is recorded.
    queueMicrotask(() => void this.#sendWaiting(sending, recorder));
  }

  async #sendWaiting(sending: Sending, recorder: Recorder): Promise<void> {
    try {
      for (let part = sending.waiting.shift(); part !== undefined; part = sending.waiting.shift()) {
        const goesOn = await this.#deliver(sending, part);
        sending.waitingBytes -= part.bytes.length;
        if (!goesOn) this.#refused(sending, recorder);
      }
    } catch {
      // The disk is full, or the host is stopping.
      this.#refused(sending, recorder);
    }
    sending.isSending = false;
  }

  /**
   * The end goes by way of the host in any case, which waits for it. Nearly all of a recording's
   * cost is its way: from a shard of the host's process it goes straight to the file.
   */
  async #deliver({ descriptor, order }: Sending, { bytes, isLast }: Part): Promise<boolean> {
    if (descriptor >= 0 && !isLast) {
      await writeAll(descriptor, bytes);
      return true;
    }
    if (descriptor >= 0) closeSync(descriptor);
    const to = { to: this.#host, timeoutMs: sendTimeoutMs };
    return (await this.#isonet.call(to, "lua", "recorded", order.id, bytes, isLast)) === true;
  }

  #refused(sending: Sending, recorder: Recorder): void {
    sending.isRefused = true;
    sending.waiting.length = 0;
    recorder.end("the host takes no more of it");
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, written) => {
      if (error !== null) reject(error);
      else if (written < bytes.length) resolve(writeAll(descriptor, bytes.subarray(written)));
      else resolve();
    });
  });
}
