// Recorder: writes down what goes into one service, turn by turn, and what comes out.
// One shard's thread. Between the scheduler and the isolate, as the occupant of the service.
// Invariant: a turn is on record whole, or the recording has ended before it.

import { encode } from "../../wire/codec.ts";
import { limits } from "../../wire/limits.ts";
import {
  checksumStep,
  flushHeaderWords,
  packedRecord,
  recordChecksum,
  recordFrameWords,
  RecordKind,
  RecordResult,
  turnHeaderWords,
} from "../../wire/recording.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { Program, ServiceIsolate } from "../engine/engine.ts";
import type { Occupant, TurnMemory, TurnResult } from "../kernel/occupant.ts";

/** What the host says of a recording that it has opened. */
export type RecordingOrder = {
  readonly id: number;
  /** Four 32-bit words. */
  readonly seeds: readonly number[];
  readonly bytesMax: number;
  /** Where a shard of the host's own process writes it; a cell has no files. */
  readonly file?: string;
};

/** What is to become of all that goes into a service from its next start on, and comes out. */
export type WatchOrder =
  | ({ readonly kind: "recording" } & RecordingOrder)
  | ({ readonly kind: "shadow" } & ShadowOrder);

/** A patched copy is to run beside the service. */
export type ShadowOrder = {
  /** Text of the copy's main module. */
  readonly source: string;
  /** Four 32-bit words. */
  readonly seeds: readonly number[];
  /** It ends by itself after that time. */
  readonly msMax: number;
};

export type RecorderParts = {
  readonly isolate: ServiceIsolate;
  readonly order: Pick<RecordingOrder, "seeds" | "bytesMax">;
  readonly epochMs: () => number;
  /** Takes bytes that nobody writes to any more; the last ones are the end of the recording. */
  readonly send: (bytes: Uint8Array, isLast: boolean) => void;
};

const chunkWords = limits.recordChunkBytes / 4;
const secondMs = 1000;

export class Recorder implements Occupant {
  readonly memory: TurnMemory;
  readonly #parts: RecorderParts;
  /** Given away when it is full. */
  #words = new Uint32Array(chunkWords);
  #length = 0;
  #bytesLeft: number;
  /** Why the recording is over, once it is. */
  #ending: string | undefined;
  readonly #links = new Map<string, readonly [string, string, string]>();
  #clockSeconds = 0;
  #clockMs = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.memory = parts.isolate.memory;
    this.#bytesLeft = parts.order.bytesMax;
    parts.isolate.onEdited = (what) => this.end(what);
  }

  get isOver(): boolean {
    return this.#ending !== undefined;
  }

  /** The program, whose imports are noted as they are resolved. */
  noted(program: Program): Program {
    const resolve = (specifier: string, importer: string): string => {
      const path = program.resolve(specifier, importer);
      this.#links.set(`${importer}\n${specifier}`, [importer, specifier, path]);
      return path;
    };
    return { ...program, resolve };
  }

  /** Ahead of the module's body. */
  begin(): void {
    this.#setClock();
  }

  /** The module's body has run. */
  loaded({ main, files }: Program, identity: string): void {
    const { seeds } = this.#parts.order;
    const program = { main, files: [...files], links: [...this.#links.values()], identity, seeds };
    this.#put(packedRecord(RecordKind.program, encode([program])));
    this.memory.control[ControlWord.inboxRead] = 0;
    this.#record(0, RecordResult.completed);
  }

  // hot: bench record
  turn(): TurnResult {
    const { isolate } = this.#parts;
    this.#setClock();
    const result = isolate.turn();
    if (this.#ending !== undefined) return result;
    const read = this.memory.control[ControlWord.inboxRead] as number;
    const length = this.memory.control[ControlWord.inboxLength] as number;
    this.#record(read > length ? length : read, recordResultOf(result));
    if (result.kind === "interrupted")
      this.end("a turn was interrupted: no replay can repeat that");
    return result;
  }

  /** The outbox is about to be read in mid-turn; gives what that came to. */
  flush(read: () => number): number {
    if (this.#ending !== undefined) return read();
    const bytes = this.#outboxBytes();
    const outbox = this.memory.outbox.slice(0, bytes >>> 2);
    const returned = read();
    const at = this.#room(recordFrameWords + flushHeaderWords + outbox.length);
    if (at < 0) return returned;
    const words = this.#words;
    words[at + 1] = RecordKind.flush;
    words[at + 2] = returned;
    words[at + 3] = bytes;
    words.set(outbox, at + 4);
    this.#close(at);
    return returned;
  }

  cpuMs(): number {
    return this.#parts.isolate.cpuMs();
  }

  recover(result: TurnResult): TurnResult {
    this.end("a turn was interrupted: no replay can repeat that");
    return this.#parts.isolate.recover?.(result) ?? result;
  }

  /** Ends the recording, once. */
  end(why: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    const record = packedRecord(RecordKind.end, encode([why]));
    this.#send(false);
    this.#parts.send(new Uint8Array(record.buffer), true);
  }

  /** Sends what is there, so that a file is never far behind its service. */
  sendSoFar(): void {
    if (this.#ending === undefined && this.#length > 0) this.#send(true);
  }

  /** Also when the recording is over: the service's clock goes by it all its life. */
  #setClock(): void {
    const { control } = this.memory;
    const epochMs = this.#parts.epochMs();
    this.#clockSeconds = Math.floor(epochMs / secondMs) >>> 0;
    this.#clockMs = epochMs % secondMs;
    control[ControlWord.clockSeconds] = this.#clockSeconds;
    control[ControlWord.clockMs] = this.#clockMs;
  }

  #outboxBytes(): number {
    const length = this.memory.control[ControlWord.outboxLength] as number;
    const max = this.memory.layout.outboxBytes;
    return length >= 0 && length <= max ? length & ~3 : 0;
  }

  // hot: bench record
  #record(inboxBytes: number, result: number): void {
    const { inbox, outbox, control } = this.memory;
    const inWords = inboxBytes >>> 2;
    const outBytes = this.#outboxBytes();
    const outWords = outBytes >>> 2;
    const at = this.#room(recordFrameWords + turnHeaderWords + inWords + outWords);
    if (at < 0) return;
    const words = this.#words;
    words[at + 1] = RecordKind.turn;
    words[at + 2] = control[ControlWord.nowTicks] as number;
    words[at + 3] = this.#clockSeconds;
    words[at + 4] = this.#clockMs;
    words[at + 5] = result;
    words[at + 6] = inWords * 4;
    words[at + 7] = outBytes;
    words[at + 8] = control[ControlWord.nowMicros] as number;
    let to = at + 9;
    // Copied and summed in one go: both together are most of what a recorded turn costs here.
    let sum = recordChecksum(words, at, to) | 0;
    for (let from = 0; from < inWords; from++) {
      const word = inbox[from] as number;
      words[to++] = word;
      sum = checksumStep(sum, word);
    }
    for (let from = 0; from < outWords; from++) {
      const word = outbox[from] as number;
      words[to++] = word;
      sum = checksumStep(sum, word);
    }
    words[to] = sum;
  }

  /** Word at which a record of so many words begins; -1: it does not fit into the recording. */
  #room(length: number): number {
    if (length * 4 > this.#bytesLeft) {
      this.end(`it has ${this.#parts.order.bytesMax} bytes (recordBytesMax)`);
      return -1;
    }
    if (this.#length + length > chunkWords) this.#send(true);
    this.#bytesLeft -= length * 4;
    const at = this.#length;
    this.#words[at] = length * 4;
    this.#length = at + length;
    return at;
  }

  #close(at: number): void {
    const last = this.#length - 1;
    this.#words[last] = recordChecksum(this.#words, at, last);
  }

  /** A record of any size. */
  #put(record: Uint32Array): void {
    this.#send(true);
    this.#bytesLeft -= record.byteLength;
    for (let at = 0; at < record.length; at += chunkWords) {
      const part = record.slice(at, at + chunkWords);
      this.#parts.send(new Uint8Array(part.buffer), false);
    }
  }

  #send(goesOn: boolean): void {
    if (this.#length > 0) {
      this.#parts.send(new Uint8Array(this.#words.buffer, 0, this.#length * 4), false);
      if (goesOn) this.#words = new Uint32Array(chunkWords);
    }
    this.#length = 0;
  }
}

/** A turn under a debugger is never recorded: the recording has ended by then. */
export function recordResultOf({ kind }: TurnResult): number {
  if (kind === "pending") throw new Error("a turn on the debug lane cannot be recorded");
  return RecordResult[kind];
}
