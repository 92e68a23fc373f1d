// Shadow: a patched copy of one service, which gets all that the service gets and sends nothing.
// The service's thread. Fed by its recorder, a turn behind it or more; played by shadows.ts between
// the turns of others.
// Invariant: nothing leaves the copy: what it sends is compared and forgotten; its turns are
// nobody's, have a slice, and what waits for it is bounded.

import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { RecordResult } from "../../wire/recording.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { ShadowDifference, ShadowReport } from "../../wire/shadow-report.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { IsolatedEngine } from "../engine/isolated-engine.ts";
import type { TurnResult } from "../kernel/occupant.ts";
import type { TurnMark } from "../kernel/turn-mark.ts";
import { framesOf, isFault, isLogLine, sentIn, tallyOf, type Played } from "./comparison.ts";
import { Player } from "./player.ts";
import {
  readRecords,
  type Found,
  type RecordedStart,
  type RecordedTurn,
} from "./recording-file.ts";

export type ShadowParts = {
  readonly address: number;
  /** Of the copy: it has a slice in any case. */
  readonly terms: Pick<ServiceTerms, "isTrusted" | "memoryMb" | "sliceMs">;
  readonly engine: IsolatedEngine;
  readonly mark: TurnMark;
  /** Text of the copy's main module, types stripped. */
  readonly source: string;
  readonly loadMsMax: number;
  readonly nowMs: () => number;
  /** CPU time of the service. */
  readonly originalCpuMs: () => number;
  readonly onDifference: (first: ShadowDifference) => void;
  readonly onEnded: (why: string) => void;
};

const nobody = 0;
const turnBytes = 64; // of a turn that waits, beside its frames

export class Shadow {
  readonly #parts: ShadowParts;
  readonly #startMs: number;
  readonly #sliceMs: number;
  readonly #found: Found;
  /** Bytes of a record that is not whole yet. */
  #rest = new Uint32Array(0);
  #player: Player | undefined;
  #behindBytes = 0;
  #inputs = 0;
  #compared = 0;
  #different = 0;
  #first: ShadowDifference | undefined;
  #errors = 0;
  #logLines = 0;
  #copyCpuMs = 0;
  #originalCpuMs = 0;
  /** Why no more comes: it ends when what waits is played. */
  #last: string | undefined;
  #lastMs = 0;
  #ending = "";
  #endMs = 0;
  readonly #begun = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: ShadowParts) {
    const { terms } = parts;
    this.#parts = parts;
    this.#startMs = parts.nowMs();
    this.#sliceMs = terms.sliceMs;
    this.#found = { start: startOf(parts), turns: [], flushes: [] };
  }

  get isOver(): boolean {
    return this.#ending !== "";
  }

  /** Resolves when the copy has had its first turn behind its body, or has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Takes what the service's recorder has written: in a turn of the service, so nothing runs. */
  push(bytes: Uint8Array, isLast: boolean): void {
    if (this.isOver || this.#last !== undefined) return;
    this.#read(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2));
    const isLost = this.#behindBytes > limits.shadowBacklogBytesMax;
    if (!isLast && !isLost) return;
    this.#last = isLost
      ? `the copy is ${this.#behindBytes} bytes behind (shadowBacklogBytesMax)`
      : (this.#found.ending ?? "the service has ended");
    this.#lastMs = isLost ? -Infinity : this.#parts.nowMs();
  }

  #read(words: Uint32Array): void {
    const found = this.#found;
    const known = found.turns.length;
    const whole = this.#rest.length === 0 ? words : joined(this.#rest, words);
    const read = readRecords(found, whole);
    this.#rest = whole.slice(read);
    for (const turn of found.turns.slice(known)) this.#behindBytes += bytesOf(turn);
  }

  /** Plays what waits, for `budgetMs` at most, one turn at least; ends when no more is to come. */
  play(budgetMs: number): void {
    const { nowMs } = this.#parts;
    const endMs = nowMs() + budgetMs;
    const { turns } = this.#found;
    const isLate = nowMs() - this.#lastMs > limits.shadowFinishMsMax;
    if (this.#last !== undefined && isLate) this.end(`${this.#last}${unplayed(turns.length)}`);
    let played = 0;
    while (!this.isOver && played < turns.length) {
      this.#turn(turns[played++] as RecordedTurn);
      if (nowMs() >= endMs) break;
    }
    turns.splice(0, played);
    if (this.#last !== undefined && turns.length === 0) this.end(this.#last);
  }

  /** Nothing waits for the copy: its recorder may send what it has. */
  get isIdle(): boolean {
    return this.#found.turns.length === 0;
  }

  #turn(turn: RecordedTurn): void {
    this.#behindBytes -= bytesOf(turn);
    // A turn that was cut off somewhere is the recorder's last: no copy can be cut off there.
    if (turn.result === RecordResult.interrupted) return;
    try {
      const played = this.#played(turn);
      this.#compare(turn, played);
      if (this.#inputs++ > 0) this.#begun.resolve();
    } catch (error) {
      this.#errors++;
      const code = error instanceof CodedError ? `${error.code}: ` : "";
      this.end(`the copy fails: ${code}${(error as Error).message}`);
    }
  }

  #played(turn: RecordedTurn): Played {
    const { mark } = this.#parts;
    if (this.#player !== undefined) return this.#player.play(turn, () => this.#enter());
    mark.blame(nobody);
    this.#player = this.#makePlayer();
    return this.#player.load(turn);
  }

  #makePlayer(): Player {
    const { engine, terms, source, loadMsMax } = this.#parts;
    const { program } = this.#found;
    if (program === undefined) throw new Error("a turn came before its program");
    const player = new Player(engine, { ...terms, program, loadMsMax, source });
    player.isolate.onRejection = () => this.#errors++;
    return player;
  }

  /** The service's turn was not cut off: neither may the copy's be. It reads all it is given. */
  #enter(): TurnResult {
    const { isolate } = this.#player as Player;
    const { mark, nowMs } = this.#parts;
    const endMs = nowMs() + this.#sliceMs;
    mark.begin(nobody, nobody, this.#sliceMs);
    let result = isolate.turn();
    while (result.kind === "yielded" && nowMs() < endMs) {
      this.#keepUnread();
      result = isolate.turn();
    }
    if (mark.end()) result = isolate.recover(result);
    if (result.kind === "interrupted" || result.kind === "yielded") {
      const bound = "shadowTurnMsMax, or sliceMs of the service";
      throw new Error(`its turn took longer than ${this.#sliceMs} ms (${bound})`);
    }
    if (result.kind === "dead") throw new CodedError(result.code, result.text);
    return result;
  }

  /** A service that yields keeps what it has not read at the start of its inbox. */
  #keepUnread(): void {
    const { control, inbox } = (this.#player as Player).isolate.memory;
    const length = control[ControlWord.inboxLength] as number;
    const read = control[ControlWord.inboxRead] as number;
    const isInside = read > 0 && read < length && read % 4 === 0;
    control[ControlWord.inboxLength] = isInside ? length - read : 0;
    if (isInside) inbox.copyWithin(0, read >>> 2, length >>> 2);
  }

  #compare(turn: RecordedTurn, { sent }: Played): void {
    const frames = framesOf(sent);
    const messages = frames.filter((frame) => !isLogLine(frame));
    const expected = framesOf(sentIn(turn)).filter((frame) => !isLogLine(frame));
    const { compared, different, first } = tallyOf(expected, messages);
    this.#logLines += frames.length - messages.length;
    this.#errors += messages.filter((frame) => isFault(frame)).length;
    this.#compared += compared;
    this.#different += different;
    if (first === undefined || this.#first !== undefined) return;
    const { frame, expected: original, came: copy } = first;
    this.#first = { input: this.#inputs, frame, original, copy };
    this.#parts.onDifference(this.#first);
  }

  /** At once; the copy is gone. Out of any turn. */
  end(why: string): void {
    if (this.isOver) return;
    this.#look();
    this.#ending = why;
    this.#endMs = this.#parts.nowMs();
    this.#player?.dispose();
    this.#player = undefined;
    this.#found.turns = [];
    this.#rest = new Uint32Array(0);
    this.#behindBytes = 0;
    this.#begun.resolve();
    this.#ended.resolve();
    this.#parts.onEnded(why);
  }

  #look(): void {
    if (this.isOver) return;
    this.#copyCpuMs = this.#player?.isolate.cpuMs() ?? 0;
    this.#originalCpuMs = this.#parts.originalCpuMs();
  }

  report(): ShadowReport {
    this.#look();
    const { address, nowMs } = this.#parts;
    return {
      address,
      ending: this.#ending,
      ms: Math.round((this.isOver ? this.#endMs : nowMs()) - this.#startMs),
      inputs: this.#inputs,
      behindBytes: this.#behindBytes,
      compared: this.#compared,
      different: this.#different,
      first: this.#first,
      errors: this.#errors,
      logLines: this.#logLines,
      cpuMs: this.#copyCpuMs,
      originalCpuMs: this.#originalCpuMs,
    };
  }
}

/** What stands in a file before the recorder's own words. */
function startOf({ address, terms }: ShadowParts): RecordedStart {
  const { isTrusted, memoryMb } = terms;
  return { address, isTrusted, memoryMb, name: "", moment: "", timeZone: "", node: "" };
}

function unplayed(inputs: number): string {
  return inputs === 0 ? "" : `; ${inputs} inputs were not played`;
}

function bytesOf(turn: RecordedTurn): number {
  let bytes = turnBytes + turn.inbox.byteLength;
  for (const words of sentIn(turn)) bytes += words.byteLength;
  return bytes;
}

function joined(first: Uint32Array, second: Uint32Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(first.length + second.length);
  words.set(first);
  words.set(second, first.length);
  return words;
}
