// Debug lane: a service under a debugger. Its turns run on the library's thread pool, so that a
// pause stops this service alone, while its shard goes on and relays what the debugger says.
// One shard's thread, in a cell as well. Made by debug-orders.ts, entered by the scheduler.
// Invariant: however it is left (detached, connection lost, budget over, service ended), the
// service goes on, the session has ended, and its turns are synchronous again.

import { formatAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { DebugSession } from "../engine/debug-session.ts";
import { turnPending, type Occupant, type TurnResult } from "../kernel/occupant.ts";
import type { TurnMemory } from "../kernel/occupant.ts";
import type { GuestService, GuestServices } from "./guest-services.ts";
import type { Shard } from "./shard.ts";

const answerMs = 1000;
const lookMs = 100;
const heapLookMs = 10;
const nearText = "near its memory limit (memoryMb): it is let alone";
const graceMs = 300; // for what still runs as the debugger leaves; then it is interrupted

export type LaneOrder = {
  /** Who is told so that others know: "console", "devtools". */
  readonly who: string;
  readonly pauseMsMax: number;
  readonly onMessage: (text: string) => void;
  readonly onClosed: (reason: string) => void;
  /** What to do first, with the service held. */
  readonly begin?: (session: DebugSession) => Promise<void>;
};

export class DebugLane implements Occupant {
  readonly memory: TurnMemory;
  readonly who: string;
  readonly #shard: Shard;
  readonly #guests: GuestServices;
  readonly #guest: GuestService;
  readonly #order: LaneOrder;
  readonly #done = Promise.withResolvers<void>();
  #session: DebugSession | undefined;
  #look: NodeJS.Timeout | undefined;
  #heapLook: NodeJS.Timeout | undefined;
  #heapCheck: Promise<void> | undefined;
  #limitBytes = 0;
  #turn: Promise<void> | undefined;
  #wasInterrupted = false;
  #isClosing = false;
  /** Time of the present turn without its pauses, and of its pauses: as of the last look. */
  #runMs = 0;
  #pausedMs = 0;
  #lookedMs = 0;

  constructor(shard: Shard, guests: GuestServices, guest: GuestService, order: LaneOrder) {
    this.#shard = shard;
    this.#guests = guests;
    this.#guest = guest;
    this.#order = order;
    this.who = order.who;
    this.memory = guest.isolate.memory;
  }

  /** The service enters the lane, behind the work on its isolate. Fails with ADDRESS_DEAD. */
  async open(): Promise<void> {
    const { kernel } = this.#shard;
    const { record, isolate } = this.#guest;
    const before = this.#guest.work;
    this.#guest.debugger = this;
    this.#guest.work = this.#done.promise;
    await before;
    this.#guests.watch(this.#guest, false);
    kernel.hold(record);
    let failure: Error | undefined;
    if (record.state !== "ended") {
      this.#limitBytes = isolate.heap().limitBytes;
      this.#session = await isolate.debug({
        onMessage: (text) => this.#order.onMessage(text),
        onPaused: () => this.#count(),
      });
      this.#lookedMs = performance.now();
      this.#look = setInterval(() => this.#watch(), lookMs);
      this.#heapLook = setInterval(() => {
        if (this.#turn !== undefined) void this.#checkHeap();
      }, heapLookMs);
      record.occupant = this;
      failure = await this.#begin(this.#session);
    }
    kernel.release(record);
    this.#shard.onWork();
    if (failure !== undefined) {
      await this.close("it did not begin");
      throw failure;
    }
    if (record.state !== "ended" && !this.#isClosing) return;
    await this.close("the service has ended");
    const text = `service ${formatAddress(record.address)} has ended`;
    throw new CodedError("ADDRESS_DEAD", text);
  }

  async #begin(session: DebugSession): Promise<Error | undefined> {
    await this.#checkHeap();
    if (this.#isClosing) {
      const who = formatAddress(this.#guest.record.address);
      return new CodedError("INSPECT_FAILED", `service ${who} is ${nearText}`);
    }
    try {
      await this.#order.begin?.(session);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new CodedError("INSPECT_FAILED", String(error));
    }
  }

  /**
   * An isolate that meets its memory limit with a session open takes the process along: before
   * that the session goes, in mid-turn if need be, and the service goes on to its limit alone.
   */
  #checkHeap(): Promise<void> {
    this.#heapCheck ??= this.#lookAtHeap().finally(() => (this.#heapCheck = undefined));
    return this.#heapCheck;
  }

  async #lookAtHeap(): Promise<void> {
    const session = this.#session;
    if (session === undefined || session.isDropped) return;
    if (!(await session.isNearLimit(this.#limitBytes))) return;
    const { kernel } = this.#shard;
    kernel.hold(this.#guest.record);
    await session.drop();
    void this.close(nearText);
    kernel.release(this.#guest.record);
  }

  get session(): DebugSession | undefined {
    return this.#isClosing ? undefined : this.#session;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  cpuMs(): number {
    return this.#guest.isolate.cpuMs();
  }

  turn(): TurnResult {
    this.#shard.kernel.hold(this.#guest.record);
    const length = this.memory.control[ControlWord.inboxLength] as number;
    this.#wasInterrupted = false;
    this.#startCount();
    this.#turn = this.#run(length);
    return turnPending;
  }

  async #run(length: number): Promise<void> {
    const { kernel } = this.#shard;
    const { isolate, record } = this.#guest;
    const result = await isolate.laneTurn(() => this.#wasInterrupted);
    this.#count();
    this.#turn = undefined;
    await this.#checkHeap();
    if (record.state !== "ended") kernel.finish(record, result, { length, ms: this.#runMs });
    this.#startCount();
    kernel.release(record);
    this.#shard.onWork();
  }

  /** Ends the turn that runs; its request gets SLICE_EXCEEDED. */
  interrupt(): void {
    if (this.#turn !== undefined) this.#wasInterrupted = true;
    if (this.#turn !== undefined || this.#session?.isQuiet === false)
      void this.#session?.ask("Runtime.terminateExecution", {}, answerMs);
  }

  /** Routes what code outside a turn has sent: an expression that the debugger evaluated. */
  collect(): void {
    const { record } = this.#guest;
    if (this.#turn === undefined && this.#session?.isQuiet === true && !record.isInTurn) {
      if (this.#shard.kernel.collect(record)) this.#shard.onWork();
    }
  }

  /** Lets the service go. Resolves when its turns are synchronous again. Idempotent. */
  close(reason: string): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#order.onClosed(reason);
      void this.#close();
    }
    return this.#done.promise;
  }

  async #close(): Promise<void> {
    const { kernel } = this.#shard;
    const { record, isolate, recorder } = this.#guest;
    kernel.hold(record);
    const session = this.#session;
    if (session !== undefined) {
      await this.#heapCheck;
      await session.ask("Debugger.setSkipAllPauses", { skip: true }, answerMs);
      await session.ask("Debugger.disable", {}, answerMs);
      await this.#quiet(session);
      this.collect();
      clearInterval(this.#look);
      clearInterval(this.#heapLook);
      this.#session = undefined;
      await session.end();
    }
    this.#guest.debugger = undefined;
    // Its recorder, if it was recorded: that goes on giving it its clock.
    record.occupant = recorder ?? isolate;
    this.#guests.watch(this.#guest, true);
    this.#done.resolve();
    kernel.release(record);
    this.#shard.onWork();
  }

  /**
   * Waits until no code of the service runs: for a while, then it is interrupted. What V8 cannot
   * interrupt costs the service its life, and is waited for without it: neither the isolate nor the
   * session may go before.
   */
  async #quiet(session: DebugSession): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      if (this.#turn === undefined && (session.isQuiet || session.isDropped)) return;
      if (waitedMs >= graceMs && !session.isDropped) this.interrupt();
      if (waitedMs >= limits.debugLeaveMsMax) this.#abandon();
      // Without a session nothing else ends a turn on the pool.
      if (session.isDropped && waitedMs >= limits.debugTurnMsMax) this.#guest.isolate.dispose();
      await Promise.race([this.#turn ?? pause(lookMs), pause(lookMs)]);
    }
  }

  #abandon(): void {
    const { record } = this.#guest;
    if (record.state === "ended") return;
    const text = `its code could not be interrupted when a debugger left (debugLeaveMsMax)`;
    this.#shard.kernel.abandon(record, "SLICE_EXCEEDED", text);
    this.#shard.onWork();
  }

  #startCount(): void {
    this.#runMs = 0;
    this.#pausedMs = 0;
    this.#lookedMs = performance.now();
    this.#wasPaused = this.#session?.isPaused === true;
  }

  #wasPaused = false;

  #count(): void {
    const nowMs = performance.now();
    if (this.#wasPaused) this.#pausedMs += nowMs - this.#lookedMs;
    else if (this.#turn !== undefined) this.#runMs += nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    this.#wasPaused = this.#session?.isPaused === true;
  }

  #watch(): void {
    this.#count();
    const { pauseMsMax } = this.#order;
    const { record } = this.#guest;
    if (record.ending !== undefined) void this.close("the service ends");
    else if (this.#pausedMs >= pauseMsMax)
      void this.close(`paused for ${pauseMsMax} ms (debugPauseMsMax)`);
    else if (this.#runMs >= limits.debugTurnMsMax) this.interrupt();
    this.collect();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
