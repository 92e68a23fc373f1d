// Isolate: one service's V8 isolate with the guest runtime in it. The only implementation of
// ServiceIsolate.
// One shard's thread. Made by isolated-engine.ts, entered by the kernel's scheduler.
// Invariant: every handle made here is released before the isolate is disposed, and none leaves
// this file.

import { CodedError } from "../../wire/coded-error.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import {
  TurnMemory,
  turnCompleted,
  turnMemoryLayout,
  turnYielded,
  type TurnResult,
} from "../kernel/occupant.ts";
import { MarkWord } from "../kernel/turn-mark.ts";
import type { HotfixOutcome } from "../../wire/hotfix-outcome.ts";
import type { Bundle } from "./bundle.ts";
import { DebugSession, type DebugListener } from "./debug-session.ts";
import type { HeapFigures, InjectedScript, Program, ScopePlace, ServiceIsolate } from "./engine.ts";
import { isTimeout, loadFault, rejectionText, syntaxFault, turnFault } from "./faults.ts";
import { startRecording, takeSnapshot, type Recording, type RecordingOrder } from "./insight.ts";
import { setTrap, type Trap, type TrapOrder, type TrapSession } from "./trap.ts";
import { heapFigures, noHeapFigures } from "./heap-figures.ts";
import { patchModule } from "./hotfix.ts";
import { collectGarbage, stashInScope } from "./inspector.ts";
import { collectNearLimit } from "./near-limit.ts";
import { laneTurn } from "./lane-turn.ts";
import { pickerGlobal } from "./live-functions.ts";
import type { Realm } from "./realm.ts";
import { ivm, type Ivm } from "./vm.ts";
import { awaitWarden } from "./warden.ts";

const apiModule = "isonet";
/**
 * Appended to the main module: a place in its scope for the inspector, and proof that its body has
 * run.
 */
const scopeHook = "isonet$scope";
const scopeSource = `\nexport const ${scopeHook} = () => {};`;
const noArguments: [] = [];
const noFiles: ReadonlyMap<string, string> = new Map();
const settleMs = 100; // what an interrupt left behind is over in microseconds, or it is cut off
const settleTriesMax = 16; // each takes up one interrupt that came late; there is one
const settleSource = "for (let left = 1000; left > 0; left--); 1"; // long enough to be interrupted

type Timed = { timeout: number };

export type IsolateParts = {
  readonly mark: Int32Array;
  readonly onDisposed: () => void;
};

export class IsolatedService implements ServiceIsolate {
  readonly memory: TurnMemory;
  readonly isolate: Ivm.Isolate;
  /** Set by the shard: drains the outbox in mid-turn, 0 or an error number. */
  onFlush: () => number = () => 0;
  /** Set by the shard: told of a promise that was rejected and nobody handles. */
  onRejection: (text: string) => void = () => {};
  /** Set by a recorder: told of what an operator does to the code or the values in it. */
  onEdited: (what: string) => void = () => {};
  readonly #mark: Int32Array;
  readonly #onDisposed: () => void;
  readonly #context: Ivm.Context;
  readonly #handles: { release(): void }[] = [];
  readonly #turn: Ivm.Reference<() => void>;
  readonly #assign: Ivm.Reference<(identity: string) => void>;
  readonly #loaded: Ivm.Reference<(exports: object) => void>;
  /** Tells an author's functions from all others, for a hotfix. */
  readonly #pick: Ivm.Reference;
  readonly #modules = new Map<string, Ivm.Module>();
  readonly #timed: Timed = { timeout: 0 };
  /** Memory limit as the library counts: V8's young generation is on top of `memoryMb`. */
  readonly #limitBytes: number;
  #program: Program | undefined;
  /** Text of the main module that runs, types stripped. */
  #mainText = "";
  /**
   * The last turn was cut off in its synchronous part: its continuations are still there, and
   * whatever enters the isolate next, a look at the heap for one, runs them without a time limit.
   */
  #isCutOff = false;
  /** A debugger is attached: whatever waits for the isolate here would wait for the debugger. */
  #isDebugged = false;
  #heap = noHeapFigures;
  #cpuMs = 0;
  #isDisposed = false;

  constructor(realm: Realm, parts: IsolateParts) {
    this.#mark = parts.mark;
    this.#onDisposed = parts.onDisposed;
    this.isolate = realm.isolate;
    this.#limitBytes = this.isolate.getHeapStatisticsSync().heap_size_limit;
    this.#context = realm.context;
    this.memory = new TurnMemory(realm.memory, turnMemoryLayout);
    realm.bridge.onFlush = () => this.onFlush();
    this.#modules.set(apiModule, realm.api);
    const runtime = this.#keep(realm.runtime);
    this.#turn = this.#keep(runtime.getSync("turn", { reference: true }));
    this.#assign = this.#keep(runtime.getSync("assign", { reference: true }));
    this.#loaded = this.#keep(runtime.getSync("loaded", { reference: true }));
    this.#pick = this.#keep(runtime.getSync("pick", { reference: true }));
  }

  /**
   * Before `load`: time and chance come from the turn memory and the seeds, four 32-bit words.
   * `stepMs`: no step of the clock is shorter.
   */
  makeReplayable(bundle: Bundle, stepMs: number, seeds: readonly number[]): void {
    const script = bundle.compileSync(this.isolate);
    const exports = script.runSync(this.#context, { reference: true }) as Ivm.Reference<{
      makeReplayable: (...values: unknown[]) => void;
    }>;
    script.release();
    const make = exports.getSync("makeReplayable", { reference: true });
    const memory = new ivm.ExternalCopy(this.memory.buffer as SharedArrayBuffer);
    make.applySync(undefined, [memory.copyInto({ release: true }), stepMs, ...seeds]);
    make.release();
    exports.release();
  }

  #keep<T extends { release(): void }>(handle: T): T {
    this.#handles.push(handle);
    return handle;
  }

  // hot: bench call
  turn(): TurnResult {
    // The count is the whole shard's: the interruptions of others before this turn do not matter.
    const interrupts = this.#mark[MarkWord.interrupts] as number;
    const sliceMs = this.#mark[MarkWord.sliceMs] as number;
    this.#isCutOff = false;
    let hasYielded: boolean;
    try {
      hasYielded =
        sliceMs === 0 ? this.#enter(interrupts, undefined) : this.#enterTimed(interrupts, sliceMs);
    } catch (error) {
      this.#isCutOff = this.memory.control[ControlWord.isEntered] !== 0;
      return turnFault(error, this.isolate.isDisposed, String(this.#mark[MarkWord.destination]));
    }
    // A turn interrupted while it drains microtasks returns as if nothing had happened.
    const wasInterrupted = (this.#mark[MarkWord.interrupts] as number) !== interrupts;
    if (wasInterrupted) return { kind: "interrupted" };
    return hasYielded ? turnYielded : turnCompleted;
  }

  /**
   * Enters as often as the guest wants to let its continuations run: each time it must have read a
   * frame more. True when it leaves the rest of the inbox to the next turn.
   */
  #enter(interrupts: number, timed: Timed | undefined, mayGoOn?: () => boolean): boolean {
    const { control } = this.memory;
    const length = control[ControlWord.inboxLength] as number;
    let read = 0;
    control[ControlWord.inboxRead] = 0;
    for (;;) {
      try {
        this.#turn.applySync(undefined, noArguments, timed);
      } catch (error) {
        if (timed !== undefined && isTimeout(error)) throw error;
        if (!this.#isRejection(interrupts)) throw error;
        this.onRejection(rejectionText(error, this.#program?.files ?? noFiles));
      }
      const after = control[ControlWord.inboxRead] as number;
      if (after <= read || after >= length) return false;
      if ((this.#mark[MarkWord.interrupts] as number) !== interrupts) return false;
      if (mayGoOn?.() === false) return true;
      read = after;
    }
  }

  /**
   * A service with a slice of its own is interrupted by the library's timer, in the entry itself:
   * 1 to 2 µs a turn, exact to a millisecond, and unlike the inspector's way it cannot meet the
   * isolate's death by its memory limit. All entries of a turn share the slice.
   */
  #enterTimed(interrupts: number, sliceMs: number): boolean {
    const start = performance.now();
    const timed = this.#timed;
    timed.timeout = sliceMs;
    return this.#enter(interrupts, timed, () => {
      const elapsedMs = performance.now() - start;
      timed.timeout = Math.max(1, Math.ceil(sliceMs - elapsedMs));
      return elapsedMs < sliceMs / 2;
    });
  }

  /**
   * An interrupt that is sent as the turn ends by itself lands in whatever runs next: here. Nothing
   * is pending when the turn was cut off in its synchronous part; in the other cases no
   * continuation is left that could run here.
   */
  recover(result: TurnResult): TurnResult {
    awaitWarden(this.#mark);
    Atomics.store(this.#mark, MarkWord.wardenBusy, 0);
    if (this.#isCutOff || result.kind === "dead") return result;
    this.#settle();
    if (!this.isolate.isDisposed) return result;
    return turnFault(undefined, true, String(this.#mark[MarkWord.destination]));
  }

  /** Runs what waits in the isolate, within a time limit. */
  #settle(): void {
    for (let left = settleTriesMax; left > 0 && !this.isolate.isDisposed; left--) {
      try {
        if (this.#context.evalSync(settleSource, { timeout: settleMs }) === 1) return;
      } catch {
        // Taken up: the next try shows whether it was all.
      }
    }
  }

  /**
   * The library throws the first promise that nobody handles, behind a turn that went well: the
   * guest has left its synchronous part, and nobody has interrupted what came after.
   */
  #isRejection(interrupts: number): boolean {
    return (
      !this.isolate.isDisposed &&
      this.memory.control[ControlWord.isEntered] === 0 &&
      (this.#mark[MarkWord.interrupts] as number) === interrupts
    );
  }

  assign(identity: string): void {
    this.#assign.applySync(undefined, [identity]);
  }

  load(program: Program, limitMs: number): void {
    this.#program = program;
    this.#mainText = program.files.get(program.main) ?? "";
    const main = this.#compile(program, program.main);
    try {
      main.instantiateSync(this.#context, (specifier, importer) =>
        this.#import(program, specifier, importer),
      );
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new CodedError("SERVICE_LOAD_FAILED", `${program.main}: ${(error as Error).message}`);
    }
    try {
      main.evaluateSync({ timeout: limitMs });
    } catch (error) {
      throw loadFault(error, program, limitMs);
    }
    this.#refuseUnfinished(main, program.main);
    try {
      this.#loaded.applySync(undefined, [main.namespace.derefInto()], { timeout: limitMs });
    } catch (error) {
      throw loadFault(error, program, limitMs);
    }
  }

  /**
   * The hook is the last binding of the module: reading it fails while a top-level await holds the
   * body up.
   */
  #refuseUnfinished(main: Ivm.Module, file: string): void {
    try {
      main.namespace.getSync(scopeHook, { reference: true }).release();
    } catch {
      throw new CodedError(
        "SERVICE_LOAD_FAILED",
        `${file}: a service's module cannot await at top level; await in start() instead`,
      );
    }
  }

  #compile(program: Program, path: string): Ivm.Module {
    const source = program.files.get(path) ?? "";
    const text = path === program.main ? source + scopeSource : source;
    try {
      const module = this.isolate.compileModuleSync(text, { filename: path });
      this.#modules.set(path, module);
      return module;
    } catch (error) {
      throw syntaxFault(error, path);
    }
  }

  #import(program: Program, specifier: string, importer: Ivm.Module): Ivm.Module {
    const from = [...this.#modules].find(([, module]) => module === importer)?.[0] ?? program.main;
    const path = program.resolve(specifier, from);
    return this.#modules.get(path) ?? this.#compile(program, path);
  }

  /** Figures of the last look while nothing may enter: see `#isCutOff`, `#isDebugged`. */
  heap(): HeapFigures {
    if (this.#isCutOff || this.#isDebugged) return this.#heap;
    this.#heap = heapFigures(this.isolate, this.memory.buffer.byteLength);
    return this.#heap;
  }

  cpuMs(): number {
    if (!this.isolate.isDisposed) this.#cpuMs = Number(this.isolate.cpuTime) / 1e6;
    return this.#cpuMs;
  }

  async collect(): Promise<void> {
    await this.#beforeSession();
    await collectGarbage(this.isolate);
  }

  /**
   * Sessions are opened without a lock: one that the warden had is gone for certain behind an
   * asynchronous task of the isolate. Continuations of a turn that was cut off run before, within a
   * time limit. An isolate that is over its memory limit, and ends at its next collection, ends
   * here.
   */
  async #beforeSession(): Promise<void> {
    const heap = await this.#settled();
    if (heap !== undefined) await collectNearLimit(this.isolate, heap, this.#limitBytes);
  }

  /**
   * Before the end of a session that was open during turns, too. The heap behind all that;
   * undefined when the isolate is gone.
   */
  async #settled(): Promise<Ivm.HeapStatistics | undefined> {
    awaitWarden(this.#mark);
    if (this.#isCutOff) this.#settle();
    this.#isCutOff = false;
    return this.isolate.isDisposed ? undefined : this.isolate.getHeapStatistics();
  }

  async debug(listener: DebugListener): Promise<DebugSession> {
    this.onEdited("a debugger was attached");
    await this.#beforeSession();
    this.heap();
    this.#isDebugged = true;
    return new DebugSession(this.isolate, listener, () => {
      this.#isDebugged = false;
      this.#settle(); // an order to end a turn that ended by itself would land in the next
    });
  }

  laneTurn(wasInterrupted: () => boolean): Promise<TurnResult> {
    return laneTurn({
      memory: this.memory,
      enter: () => this.#turn.apply(undefined, noArguments),
      isDisposed: () => this.isolate.isDisposed,
      wasInterrupted,
      onRejection: (error) =>
        this.onRejection(rejectionText(error, this.#program?.files ?? noFiles)),
    });
  }

  async enterScope(): Promise<void> {
    const namespace = this.#modules.get((this.#program as Program).main)?.namespace;
    const hook = await namespace?.get(scopeHook, { reference: true });
    try {
      await hook?.apply(undefined, noArguments);
    } finally {
      hook?.release();
    }
  }

  get scopePlace(): ScopePlace {
    const { main } = this.#program as Program;
    const line = this.#mainText.split("\n").length;
    // on the hook's own line: without the line end before it
    const column = scopeSource.indexOf("{}") - 1;
    return { url: main, line, column };
  }

  async stashInjected({ id, source, filename }: InjectedScript): Promise<void> {
    this.onEdited(`the script ${filename} was injected`);
    await this.#beforeSession();
    const { url: main, line, column } = this.scopePlace;
    const hook = this.#modules.get(main)?.namespace.getSync(scopeHook, { reference: true });
    if (hook === undefined) throw new CodedError("INJECT_FAILED", "the service has no module");
    try {
      await stashInScope(this.isolate, {
        id,
        file: main,
        line,
        column,
        source,
        filename,
        hook: () => hook.applySync(),
      });
    } finally {
      hook.release();
    }
  }

  async snapshot(onText: (text: string) => void): Promise<void> {
    await this.#beforeSession();
    await takeSnapshot({ isolate: this.isolate, context: this.#context }, onText);
  }

  async record(order: RecordingOrder): Promise<Recording> {
    await this.#beforeSession();
    const target = { isolate: this.isolate, context: this.#context };
    const recording = await startRecording(target, order);
    return { stop: () => this.#settled().then(() => recording.stop()) };
  }

  async trap(order: TrapOrder, session?: TrapSession): Promise<Trap> {
    if (session === undefined) await this.#beforeSession();
    const { main, files } = this.#program as Program;
    const texts = new Map(files).set(main, this.#mainText);
    const trap = await setTrap({ isolate: this.isolate, files: texts, session }, order);
    if (session !== undefined) return trap;
    return { ...trap, remove: () => this.#settled().then(() => trap.remove()) };
  }

  async patch(text: string, mode: "apply" | "try"): Promise<HotfixOutcome> {
    if (text === this.#mainText) {
      return { kind: "unchanged", reason: "the service runs this text" };
    }
    await this.#beforeSession();
    const { main } = this.#program as Program;
    const order = { file: main, before: this.#mainText + scopeSource, after: text + scopeSource };
    const reach = (): (() => void) => {
      this.#context.global.setSync(pickerGlobal, this.#pick.derefInto());
      return () => this.#context.global.deleteSync(pickerGlobal);
    };
    const patching = patchModule(this.isolate, { ...order, mode, reach });
    const patched = await patching.catch((error: unknown) => {
      this.onEdited("a hotfix failed: which text it runs is not known");
      throw error;
    });
    const { outcome } = patched;
    const isChanged = mode === "apply" && outcome.kind === "applied";
    if (isChanged) this.onEdited("its code was changed (hotfix)");
    this.#mainText = patched.text.slice(0, -scopeSource.length);
    return outcome;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.onFlush = () => 0;
    awaitWarden(this.#mark);
    for (const handle of this.#handles) handle.release();
    for (const module of this.#modules.values()) module.release();
    this.#modules.clear();
    this.#context.release();
    if (!this.isolate.isDisposed) this.isolate.dispose();
    this.#onDisposed();
  }
}
