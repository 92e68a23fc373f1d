// Player: runs a recorded service once more, in an isolate of its own.
// One thread, without a kernel: what went in is on record, and what comes out goes nowhere. Fed by
// the replay from a file, by a shadow from a service that runs.
// Invariant: the isolate sees the record's inputs, its time and its chance, and nothing else.

import { CodedError } from "../../wire/coded-error.ts";
import { errorNumber } from "../../wire/error-codes.ts";
import { RecordResult } from "../../wire/recording.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { Program } from "../engine/engine.ts";
import type { IsolatedEngine } from "../engine/isolated-engine.ts";
import type { IsolatedService } from "../engine/isolate.ts";
import { serviceLimits } from "../kernel/service-limits.ts";
import type { TurnResult } from "../kernel/occupant.ts";
import type { Played } from "./comparison.ts";
import { untrustedClockStepMs } from "./guest-services.ts";
import { recordResultOf } from "./recorder.ts";
import type { RecordedProgram, RecordedTurn } from "./recording-file.ts";

export type PlayerOrder = {
  readonly program: RecordedProgram;
  readonly isTrusted: boolean;
  readonly memoryMb: number;
  /** For the module's body. */
  readonly loadMsMax: number;
  /** In place of the recorded main module, types stripped. */
  readonly source?: string | undefined;
};

export class Player {
  readonly isolate: IsolatedService;
  readonly #program: Program;
  readonly #loadMsMax: number;
  readonly #sentBytesMax: number;
  #flushes: Uint32Array[] = [];
  #sentBytes = 0;
  #turn: RecordedTurn | undefined;

  /** Fails with ISOLATE_CEILING. */
  constructor(engine: IsolatedEngine, order: PlayerOrder) {
    const { program, isTrusted, memoryMb, loadMsMax, source } = order;
    this.#program = programOf(program, source);
    this.#loadMsMax = loadMsMax;
    this.#sentBytesMax = serviceLimits({ isTrusted }, 0).turnSendBytes.max;
    this.isolate = engine.create(memoryMb, { isTrusted });
    engine.makeReplayable(this.isolate, isTrusted ? 1 : untrustedClockStepMs, program.seeds);
    this.isolate.onFlush = () => this.#flush();
    this.isolate.assign(program.identity);
  }

  /** Runs the module's body. Fails as loading a module does. */
  load(turn: RecordedTurn): Played {
    this.#prepare(turn);
    this.isolate.load(this.#program, this.#loadMsMax);
    return this.#played(RecordResult.completed);
  }

  /** Plays one turn behind the body, entered by `enter`. */
  play(turn: RecordedTurn, enter: () => TurnResult = () => this.isolate.turn()): Played {
    this.#give(turn);
    return this.#played(recordResultOf(enter()));
  }

  /** The same with a turn that is paused: under a debugger. */
  async playWith(turn: RecordedTurn, enter: () => Promise<TurnResult>): Promise<Played> {
    this.#give(turn);
    return this.#played(recordResultOf(await enter()));
  }

  #prepare(turn: RecordedTurn): void {
    const { control } = this.isolate.memory;
    this.#turn = turn;
    this.#flushes = [];
    this.#sentBytes = 0;
    control[ControlWord.nowTicks] = turn.nowTicks;
    control[ControlWord.nowMicros] = turn.nowMicros;
    control[ControlWord.clockSeconds] = turn.clockSeconds;
    control[ControlWord.clockMs] = turn.clockMs;
    control[ControlWord.outboxLength] = 0;
  }

  #give(turn: RecordedTurn): void {
    const { control, inbox } = this.isolate.memory;
    this.#prepare(turn);
    inbox.set(turn.inbox);
    control[ControlWord.inboxLength] = turn.inbox.byteLength;
  }

  /** What is not on record is kept all the same, up to what a service may send in a turn. */
  #flush(): number {
    const { memory } = this.isolate;
    const expected = this.#turn?.flushes[this.#flushes.length];
    if (expected === undefined && this.#sentBytes > this.#sentBytesMax)
      return errorNumber("OUTBOX_FULL");
    const sent = this.#outbox();
    this.#sentBytes += sent.byteLength;
    this.#flushes.push(sent);
    const returned = expected?.returned ?? 0;
    if (returned === 0) memory.control[ControlWord.outboxLength] = 0;
    return returned;
  }

  #played(result: number): Played {
    return { result, sent: [...this.#flushes, this.#outbox()] };
  }

  #outbox(): Uint32Array {
    const { control, outbox } = this.isolate.memory;
    return outbox.slice(0, (control[ControlWord.outboxLength] as number) >>> 2);
  }

  dispose(): void {
    this.isolate.dispose();
  }
}

function programOf(program: RecordedProgram, source: string | undefined): Program {
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
