// Player: runs a recorded service once more, in an isolate of its own, and compares what it sends.
// One thread, without a kernel: what went in is on record, and what comes out goes nowhere.
// Invariant: the isolate sees the record's inputs, its time and its chance, and nothing else.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { frameHeaderWords, frameStride, FrameWord } from "../../wire/frame.ts";
import { RecordResult } from "../../wire/recording.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { Program } from "../engine/engine.ts";
import type { IsolatedEngine } from "../engine/isolated-engine.ts";
import type { IsolatedService } from "../engine/isolate.ts";
import { untrustedClockStepMs } from "./guest-services.ts";
import { recordResultOf } from "./recorder.ts";
import type { RecordedTurn, Recording } from "./recording-file.ts";

/** The first thing that came out otherwise than it is on record. */
export type Difference = {
  /** Number of the turn; 0 is the module's body. */
  readonly input: number;
  readonly expected: string;
  readonly came: string;
};

const loadMsMax = 60_000;
const shownBytesMax = 64;

export class Player {
  readonly isolate: IsolatedService;
  readonly #recording: Recording;
  readonly #program: Program;
  #flushes: Uint32Array[] = [];
  #turn: RecordedTurn | undefined;

  /** `source`: in place of the recorded main module. */
  constructor(engine: IsolatedEngine, recording: Recording, source?: string) {
    const { start, program } = recording;
    const { isTrusted, memoryMb } = start;
    this.#recording = recording;
    this.#program = programOf(recording, source);
    this.isolate = engine.create(memoryMb, { isTrusted });
    engine.makeReplayable(this.isolate, isTrusted ? 1 : untrustedClockStepMs, program.seeds);
    this.isolate.onFlush = () => this.#flush();
    this.isolate.assign(program.identity);
  }

  /** Plays one turn: number 0 runs the module's body. */
  play(input: number): Difference | undefined {
    const turn = this.#recording.turns[input] as RecordedTurn;
    const { memory } = this.isolate;
    const { control } = memory;
    this.#turn = turn;
    this.#flushes = [];
    control[ControlWord.nowTicks] = turn.nowTicks;
    control[ControlWord.nowMicros] = turn.nowMicros;
    control[ControlWord.clockSeconds] = turn.clockSeconds;
    control[ControlWord.clockMs] = turn.clockMs;
    control[ControlWord.outboxLength] = 0;
    const result = input === 0 ? this.#load() : this.#enter(turn);
    const length = (control[ControlWord.outboxLength] as number) >>> 2;
    const outbox = memory.outbox.slice(0, length);
    return this.#compare(input, result, outbox);
  }

  #load(): number {
    this.isolate.load(this.#program, loadMsMax);
    return RecordResult.completed;
  }

  #enter({ inbox }: RecordedTurn): number {
    const { memory } = this.isolate;
    memory.inbox.set(inbox);
    memory.control[ControlWord.inboxLength] = inbox.byteLength;
    return recordResultOf(this.isolate.turn());
  }

  #flush(): number {
    const { memory } = this.isolate;
    const length = (memory.control[ControlWord.outboxLength] as number) >>> 2;
    const expected = this.#turn?.flushes[this.#flushes.length];
    this.#flushes.push(memory.outbox.slice(0, length));
    const returned = expected?.returned ?? 0;
    if (returned === 0) memory.control[ControlWord.outboxLength] = 0;
    return returned;
  }

  #compare(input: number, result: number, outbox: Uint32Array): Difference | undefined {
    const turn = this.#turn as RecordedTurn;
    const parts = [...turn.flushes.map((flush) => flush.outbox), turn.outbox];
    const differs = differenceOf(framesOf(parts), framesOf([...this.#flushes, outbox]));
    if (differs !== undefined) return { input, ...differs };
    // A turn that went over into the next one ends alike when its rest was not given to it.
    const [expected, came] = [turn.result, result].map((one) => resultName(one));
    return expected === came ? undefined : { input, expected: `${expected}`, came: `${came}` };
  }

  dispose(): void {
    this.isolate.dispose();
  }
}

function resultName(result: number): string {
  if (result === RecordResult.interrupted) return "the turn is interrupted";
  return result === RecordResult.dead ? "the service dies" : "the turn ends";
}

function programOf({ program }: Recording, source: string | undefined): Program {
  const { main, links } = program;
  const files = new Map(program.files);
  if (source !== undefined) files.set(main, source);
  const paths = new Map(
    links.map(([importer, specifier, path]) => [importer + "\n" + specifier, path]),
  );
  return {
    main,
    files,
    resolve: (specifier, importer) => {
      if (specifier === "isonet") return specifier;
      const path = paths.get(`${importer}\n${specifier}`);
      if (path !== undefined) return path;
      const text = `${importer}: ${specifier} is not in the recording`;
      throw new CodedError("IMPORT_REFUSED", text);
    },
  };
}

/** Frames without what fills them up to whole words. */
function framesOf(parts: readonly Uint32Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const words of parts) {
    let at = 0;
    while (at < words.length) {
      const length = words[at] as number;
      const next = at + (frameStride(length) >>> 2);
      if (length < frameHeaderWords * 4 || next > words.length) break;
      frames.push(new Uint8Array(words.buffer, words.byteOffset + at * 4, length));
      at = next;
    }
  }
  return frames;
}

function differenceOf(
  expected: readonly Uint8Array[],
  came: readonly Uint8Array[],
): Omit<Difference, "input"> | undefined {
  const count = Math.max(expected.length, came.length);
  for (let index = 0; index < count; index++) {
    const [wanted, got] = [expected[index], came[index]];
    if (wanted !== undefined && got !== undefined && Buffer.compare(wanted, got) === 0) continue;
    return { expected: frameText(wanted), came: frameText(got) };
  }
  return undefined;
}

/** What a frame says, for people. */
function frameText(frame: Uint8Array | undefined): string {
  if (frame === undefined) return "nothing";
  const words = new Uint32Array(frame.slice(0, frameHeaderWords * 4).buffer);
  const kind = (words[FrameWord.kindAndFlags] as number) & 0xff;
  const to = formatAddress(words[FrameWord.destination] as ServiceAddress);
  const body = Buffer.from(frame.subarray(frameHeaderWords * 4));
  const shown = body
    .subarray(0, shownBytesMax)
    .toString("latin1")
    .replaceAll(/[^ -~]/g, "·");
  const session = words[FrameWord.session];
  return `kind ${kind} to ${to} session ${session}, ${body.length} bytes: ${shown}`;
}
