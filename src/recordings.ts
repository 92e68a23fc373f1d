// Recordings: the files of recorded services, and which services are to be recorded.
// Main thread. Opened as a launch, or a start in its own place, is ordered; written with what
// control services send.
// Invariant: a file has at most recordBytesMax bytes, and is written for by the place of its
// service only.

import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { encode } from "../wire/codec.ts";
import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { packedRecord, recordingFormat, recordingMagic, RecordKind } from "../wire/recording.ts";
import type { RecordingFigures, RecordingPowers } from "../services/host/console/powers.ts";
import type { LaunchOrder } from "../services/host/launch-order.ts";
import type { RecordingOrder, WatchOrder } from "./shard/recorder.ts";

export type RecordingsParts = {
  readonly folder: string;
  readonly startTimeMs: number;
  readonly isCell: (place: number) => boolean;
  readonly log: (address: ServiceAddress, text: string) => void;
  /** Shard or cell of a guest; negative: it has none now. */
  readonly placeOf: (address: ServiceAddress) => number;
  /** Has a running service start anew in its own place, looked on from there. */
  readonly renew: (
    address: ServiceAddress,
    watch: (order: LaunchOrder) => WatchOrder,
  ) => Promise<unknown>;
  /** Asks the shard or cell of the service to end its recording: false when it has none. */
  readonly logoff: (address: ServiceAddress) => Promise<boolean>;
};

type Open = {
  readonly id: number;
  readonly address: ServiceAddress;
  readonly name: string;
  readonly place: number;
  readonly file: string;
  readonly descriptor: number;
  bytes: number;
  readonly ended: PromiseWithResolvers<void>;
};

const seedWords = 4;
const logoffMsMax = 5000;
const endBytesMax = 8192; // the last record, and its reason

export class Recordings {
  readonly #parts: RecordingsParts;
  readonly #open = new Map<number, Open>();
  readonly #names = new Set<string>();
  /** Services whose recording was begun while they ran: their next lives are recorded, too. */
  readonly #addresses = new Set<ServiceAddress>();
  #lastId = 0;

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
  }

  /** The order with a recording, when its service is to have one. */
  orderFor<T extends LaunchOrder>(place: number, order: T): T & { recording?: RecordingOrder } {
    const { address, name } = order;
    const isWanted =
      order.isRecorded === true || this.#names.has(name) || this.#addresses.has(address);
    if (!isWanted) return order;
    try {
      return { ...order, recording: this.#orderOf(this.#begin(place, order)) };
    } catch (error) {
      // It starts all the same.
      this.#parts.log(address, `not recorded: ${(error as Error).message}`);
      return order;
    }
  }

  #orderOf({ id, file, bytes, place }: Open): RecordingOrder {
    const bytesMax = limits.recordBytesMax - bytes - endBytesMax;
    const ofCell = { id, seeds: randomSeeds(), bytesMax };
    return this.#parts.isCell(place) ? ofCell : { ...ofCell, file };
  }

  /** Fails with RECORDING_REFUSED. */
  #begin(place: number, { address, name, terms }: LaunchOrder): Open {
    if (this.#open.size >= limits.recordingsMax) {
      const text = `${limits.recordingsMax} services are recorded (recordingsMax)`;
      throw new CodedError("RECORDING_REFUSED", text);
    }
    const { folder, startTimeMs } = this.#parts;
    const id = ++this.#lastId;
    const moment = new Date().toISOString();
    const title = name.replaceAll(/[^\w.-]/g, "_");
    const local = formatAddress(address).slice(1);
    const file = path.join(folder, `${title}-${local}-${moment.replaceAll(":", "")}-${id}.isorec`);
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const { isTrusted, memoryMb } = terms;
    const facts = { address, name, isTrusted, memoryMb, moment, startTimeMs, timeZone };
    const packed = encode([{ ...facts, node: process.version }]);
    const first = packedRecord(RecordKind.start, packed, [recordingMagic, recordingFormat]);
    const descriptor = this.#create(file, first);
    const recording: Open = {
      id,
      address: address,
      name,
      place,
      file,
      descriptor,
      bytes: first.byteLength,
      ended: Promise.withResolvers<void>(),
    };
    this.#open.set(id, recording);
    this.#parts.log(recording.address, `recorded in ${file}`);
    return recording;
  }

  #create(file: string, first: Uint32Array): number {
    try {
      mkdirSync(this.#parts.folder, { recursive: true });
      const descriptor = openSync(file, "ax");
      writeSync(descriptor, first);
      return descriptor;
    } catch (error) {
      throw new CodedError("RECORDING_REFUSED", `${file}: ${(error as Error).message}`);
    }
  }

  /** Takes bytes from the control service at `place`: false when no more are wanted. */
  take(place: number | undefined, id: unknown, bytes: unknown, isLast: unknown): boolean {
    const recording = this.#open.get(id as number);
    if (recording === undefined || recording.place !== place) return false;
    if (!(bytes instanceof Uint8Array) || bytes.length > limits.recordChunkBytes) return false;
    if (recording.bytes + bytes.length > limits.recordBytesMax) {
      this.#close(recording, `it has ${recording.bytes} bytes (recordBytesMax)`);
      return false;
    }
    try {
      recording.bytes += writeSync(recording.descriptor, bytes);
    } catch (error) {
      this.#close(recording, `it cannot be written: ${(error as Error).message}`);
      return false;
    }
    if (isLast === true) this.#close(recording, "it is complete");
    return true;
  }

  #close(recording: Open, why: string): void {
    if (!this.#open.delete(recording.id)) return;
    const { address, file, descriptor, ended } = recording;
    const { bytes } = figuresOf(recording);
    this.#parts.log(address, `recording has ended: ${why}; ${bytes} bytes in ${file}`);
    closeSync(descriptor);
    ended.resolve();
  }

  /** The service is gone, or was never there: what its recorder has still to send comes soon. */
  ended(address: ServiceAddress): void {
    this.#addresses.delete(address);
    for (const recording of Array.from(this.#open.values())) {
      if (recording.address !== address) continue;
      const close = (): void => this.#close(recording, "its service has ended");
      setTimeout(close, logoffMsMax).unref();
    }
  }

  /** A shard or cell is gone, and what its recorders had not sent with it. */
  placeLost(place: number): void {
    for (const recording of Array.from(this.#open.values())) {
      if (recording.place === place) this.#close(recording, "its cell is gone");
    }
  }

  /** Closes every file. */
  stop(): void {
    for (const recording of Array.from(this.#open.values())) {
      this.#close(recording, "the host is stopping");
    }
  }

  powers(): RecordingPowers {
    return {
      list: () => Array.from(this.#open.values(), figuresOf),
      next: (name) => this.#next(name),
      forgetNext: (name) => this.#names.delete(name),
      logon: (address) => this.#logon(address as ServiceAddress),
      logoff: (address) => this.#logoff(address as ServiceAddress),
    };
  }

  #next(name: string): void {
    if (this.#names.size >= limits.recordingsMax) {
      const text = `${limits.recordingsMax} names are to be recorded already (recordingsMax)`;
      throw new CodedError("RECORDING_REFUSED", text);
    }
    this.#names.add(name);
  }

  /**
   * What a running service holds in memory cannot be read: it is started anew in its own place,
   * with the state that it exports, and recorded from there.
   */
  async #logon(address: ServiceAddress): Promise<RecordingFigures> {
    const known = this.#openOf(address);
    if (known !== undefined) return figuresOf(known);
    const { renew, placeOf } = this.#parts;
    let begun: Open | undefined;
    try {
      await renew(address, (order) => {
        begun = this.#begin(placeOf(address), order);
        return { kind: "recording", ...this.#orderOf(begun) };
      });
    } catch (error) {
      if (begun !== undefined) this.#abandon(begun);
      throw error;
    }
    this.#addresses.add(address);
    return figuresOf(begun as unknown as Open);
  }

  /** The service goes on unrecorded. */
  #abandon(recording: Open): void {
    this.#close(recording, "it has not begun");
    rmSync(recording.file, { force: true });
  }

  #openOf(address: ServiceAddress): Open | undefined {
    return Array.from(this.#open.values()).findLast((one) => one.address === address);
  }

  async #logoff(address: ServiceAddress): Promise<RecordingFigures> {
    this.#addresses.delete(address);
    const recording = this.#openOf(address);
    if (recording === undefined) {
      const text = `service ${formatAddress(address)} is not recorded`;
      throw new CodedError("RECORDING_REFUSED", text);
    }
    const isTold = await this.#parts.logoff(address).catch(() => false);
    if (!isTold) this.#close(recording, "its service does not answer");
    const timer = setTimeout(() => this.#close(recording, "logoff"), logoffMsMax);
    await recording.ended.promise;
    clearTimeout(timer);
    return figuresOf(recording);
  }
}

/** Of the chance that a service sees while it is looked on. */
export function randomSeeds(): number[] {
  return [...new Uint32Array(new Uint8Array(randomBytes(seedWords * 4)).buffer)];
}

/** A shard writes into the file itself, so that only the file says how large it is. */
function figuresOf({ address, name, file, bytes }: Open): RecordingFigures {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? bytes;
  return { address: formatAddress(address), name, file, bytes: size };
}
