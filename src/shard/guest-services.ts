// Guest services: the isolates of one shard, from creation to disposal.
// One worker thread. Driven by control.ts; tells it how each start went.
// Invariant: `create` settles once for every service, whatever becomes of it.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { encode } from "../../wire/codec.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { sessionMax } from "../../wire/session.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { RestartPolicy, ServiceTerms } from "../../wire/service-terms.ts";
import { messageBytesMaxOf } from "../kernel/service-limits.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import { Trial } from "../kernel/trial.ts";
import type { Program, ServiceIsolate } from "../engine/engine.ts";
import type { DebugLane } from "./debug-lane.ts";
import type { IsolatedService } from "../engine/isolate.ts";
import { refuseDebugged } from "./hold-while.ts";
import type { ProgramOrder } from "./program-files.ts";
import type { Recorder, RecordingOrder, WatchOrder } from "./recorder.ts";
import type { Recorders } from "./recorders.ts";
import type { ShardOptions } from "./shard-options.ts";
import type { Shadows } from "./shadows.ts";
import { Starts } from "./starts.ts";
import type { Shard } from "./shard.ts";
import type { WarmPool } from "./warm-pool.ts";

export type CreateOrder = ProgramOrder & {
  readonly address: number;
  readonly name: string;
  readonly terms: ServiceTerms;
  /** Whether its address outlives it; the launcher decides on the restart. */
  readonly restart?: RestartPolicy;
  /** Services that had this address before; 0 or absent: a first start. */
  readonly incarnation?: number;
  /** In a cell: it has come from another one, with its state. */
  readonly isFromElsewhere?: boolean;
  /** Packed state that it imports before its start handler runs. */
  readonly state?: Uint8Array | undefined;
  /** It is recorded, from before its module's body. */
  readonly recording?: RecordingOrder | undefined;
};

export type GuestService = {
  readonly record: ServiceRecord;
  readonly isolate: ServiceIsolate;
  readonly file: string;
  readonly restart: RestartPolicy;
  /** How it was created, without the state: it may be created once more in its place. */
  readonly order: CreateOrder;
  readonly args: Uint8Array;
  /** Isolates that the service has had before this one. */
  readonly generation: number;
  /** What writes down its turns, for a file or for a copy of it; it may be over. */
  readonly recorder?: Recorder | undefined;
  /** Its own, lower memory limit in bytes; 0: none. */
  memLimitBytes: number;
  /** Of the debugger that is attached to it. */
  debugger: DebugLane | undefined;
  /** The last piece of work on its isolate (hold-while.ts). Never rejects. */
  work: Promise<void>;
};

/** Where the modules of a service come from; a cell asks its node for them. */
export type Programs = {
  /** Fails with SERVICE_LOAD_FAILED, IMPORT_REFUSED. */
  load(order: CreateOrder): Program | Promise<Program>;
  /** Forgets every text: the next service reads its files again. */
  clear(): void;
};

type ServiceParts = { readonly program: Program; readonly isolate: IsolatedService };

/** What a service is replaced by, its state, and who looks on from then on. */
export type Replacing = {
  readonly program: Program;
  readonly state: Uint8Array;
  readonly watch?: WatchOrder | undefined;
};

const bodySlices = 10; // a body is compiled, and run without being warm
const bodyMsMin = 500;
/** As coarse as the clock of the prelude. */
export const untrustedClockStepMs = 10;
const generationStep = 4093; // far from the lives that follow
const limitsMs = 50; // how long a service can be over its own memory limit before it is noticed

export class GuestServices {
  readonly programs: Programs;
  readonly pool: WarmPool;
  /** Both are set by the control service. */
  recorders: Recorders | undefined;
  shadows: Shadows | undefined;
  readonly #shard: Shard;
  readonly #services = new Map<number, GuestService>();
  readonly #disposing = new Set<GuestService>();
  /** The latest order for each address whose program or isolate is awaited. */
  readonly #coming = new Map<number, CreateOrder>();
  readonly #starts = new Starts();
  readonly #limited = new Set<GuestService>();
  #limiter: NodeJS.Timeout | undefined;
  #lastRound = Promise.resolve();

  constructor(shard: Shard, pool: WarmPool, programs: Programs) {
    this.#shard = shard;
    this.pool = pool;
    this.programs = programs;
  }

  get(address: number): GuestService | undefined {
    return this.#services.get(address);
  }

  /** Fails with ADDRESS_UNKNOWN. */
  find(address: number): GuestService {
    const guest = this.#services.get(address);
    if (guest !== undefined) return guest;
    const text = `no guest service has the address ${formatAddress(address as ServiceAddress)}`;
    throw new CodedError("ADDRESS_UNKNOWN", text);
  }

  values(): IterableIterator<GuestService> {
    return this.#services.values();
  }

  /**
   * Creates a service and resolves when its start handler has returned: true; false when it exited
   * meanwhile.
   * Fails with SERVICE_LOAD_FAILED, IMPORT_REFUSED, SERVICE_INIT_FAILED, SERVICE_ABORTED,
   * MEMORY_LIMIT, ISOLATE_CEILING.
   */
  create(order: CreateOrder, args: readonly unknown[]): Promise<boolean> {
    const { directory, index } = this.#shard;
    const address = order.address as ServiceAddress;
    directory.place(address, index);
    const program = this.programs.load(order);
    if (!(program instanceof Promise)) {
      return this.#createWith({ program, isolate: this.pool.take(order.terms) }, order, args);
    }
    return this.#createSoon(program, order, args);
  }

  /**
   * The shard goes on while the program comes and the isolate is made, and has a round of its event
   * loop between two services: a cell that is told to start a hundred at once answers its host.
   */
  async #createSoon(
    program: Promise<Program>,
    order: CreateOrder,
    args: readonly unknown[],
  ): Promise<boolean> {
    this.#coming.set(order.address, order);
    const parts = await this.#gather(program, order).catch((error: unknown) => {
      const { directory } = this.#shard;
      if (this.#isStillMeant(order)) directory.release(order.address as ServiceAddress);
      throw error;
    });
    if (this.#isStillMeant(order)) return this.#createWith(parts, order, args);
    parts.isolate.dispose();
    throw new CodedError("SERVICE_ABORTED", abortText(order));
  }

  /** Once: that the service was not killed meanwhile, nor ordered anew at its address. */
  #isStillMeant(order: CreateOrder): boolean {
    const { directory, index } = this.#shard;
    if (this.#coming.get(order.address) !== order) return false;
    this.#coming.delete(order.address);
    return directory.shardOf(order.address as ServiceAddress) === index;
  }

  async #gather(program: Promise<Program>, { terms }: CreateOrder): Promise<ServiceParts> {
    const loaded = await program;
    const isolate = await this.pool.takeSoon(terms);
    await this.#nextRound();
    return { program: loaded, isolate };
  }

  #nextRound(): Promise<void> {
    this.#lastRound = this.#lastRound.then(roundOfEvents);
    return this.#lastRound;
  }

  #createWith(
    { program, isolate }: ServiceParts,
    order: CreateOrder,
    args: readonly unknown[],
  ): Promise<boolean> {
    const { kernel } = this.#shard;
    const address = order.address as ServiceAddress;
    const packed = encode(args);
    const { recording } = order;
    const watch: WatchOrder | undefined = recording && { kind: "recording", ...recording };
    const recorder = this.#recorderOf(order, isolate, watch);
    const record = kernel.add(address, order, recorder ?? isolate, packed);
    const { file, restart = "never", incarnation = 0 } = order;
    record.incarnation = incarnation;
    record.isFromElsewhere = order.isFromElsewhere === true;
    if (incarnation > 0) record.restart = restart;
    const work = Promise.resolve();
    const { state: _, recording: __, ...kept } = order;
    const made = { order: kept, args: packed, generation: 0, memLimitBytes: 0, work, recorder };
    const rest = { ...made, debugger: undefined };
    const guest: GuestService = { record, isolate, file, restart, ...rest };
    this.#attach(isolate, guest);
    kernel.hold(record);
    return this.#begin(guest, program);
  }

  /**
   * Puts a new isolate with `program` in the place of the service's, with its state. Resolves when
   * it is ready; when it fails, the old one goes on as if nothing had happened. The service is held
   * once, which is let go here, has parked its mailbox, and has nothing under way. What goes in and
   * comes out of the new one is written down when there is a `watch`, from before its body on.
   * Fails as `create` does.
   */
  async replace(old: GuestService, { program, state, watch }: Replacing): Promise<void> {
    const { kernel, clock } = this.#shard;
    const { record, order, args } = old;
    const guest = this.#successor(old, watch);
    const { recorder } = guest;
    const trial = new Trial(record, recorder ?? guest.isolate, {
      timers: kernel.timers,
      nowTick: () => clock.nowTick(),
      onFailed: (code, text) => {
        recorder?.end(`the service did not start anew: ${code}: ${text}`);
        this.#starts.settle(record.address, new CodedError(code, text));
        this.#services.set(record.address, old);
        this.pool.engine.watch(record.address, old.isolate);
        this.#dispose(guest);
      },
    });
    kernel.pushStart(record, state, args);
    try {
      const isReady = await this.#begin(guest, program);
      const isMeant = isReady && record.trial === trial;
      if (!isMeant) throw new CodedError("SERVICE_ABORTED", abortText(order));
      old.recorder?.end("the service was started anew in its place");
      trial.succeed();
      kernel.wake(record);
      this.#dispose(old);
    } catch (error) {
      if (record.state === "ended") {
        old.recorder?.end("the service has ended");
        this.#dispose(old);
      } else {
        kernel.wake(record);
      }
      throw error;
    }
  }

  /** Lets the service go when there can be none. */
  #successor(old: GuestService, watch: WatchOrder | undefined): GuestService {
    const { record, order } = old;
    let isolate: IsolatedService | undefined;
    try {
      refuseDebugged(old);
      isolate = this.pool.take(order.terms);
      const recorder = this.#recorderOf(order, isolate, watch);
      const generation = old.generation + 1;
      const guest = { ...old, isolate, generation, work: Promise.resolve(), recorder };
      this.#attach(isolate, guest);
      return guest;
    } catch (error) {
      isolate?.dispose();
      this.#shard.kernel.release(record);
      throw error;
    }
  }

  #attach(isolate: IsolatedService, { record, recorder }: GuestService): void {
    const flush = (): number => this.#shard.kernel.flush(record);
    isolate.onFlush = recorder === undefined ? flush : () => recorder.flush(flush);
    isolate.onRejection = (text) => this.#shard.log("error", record.address, text);
  }

  /** The isolate is the service's from here on; runs the body, and lets the service go. */
  #begin(guest: GuestService, program: Program): Promise<boolean> {
    const { kernel, options, mark } = this.#shard;
    const { record, isolate, order, generation, recorder } = guest;
    const { address } = record;
    const { incarnation = 0 } = order;
    this.#services.set(address, guest);
    this.pool.engine.watch(address, isolate);
    const ready = this.#starts.open(address, options.startMsMax, () => this.#outOfTime(record));
    const startedAtMs = this.#shard.clock.nowMs();
    isolate.memory.control[ControlWord.nowTicks] = this.#shard.clock.nowTick(); // for the body
    try {
      const { node, callTimeoutMs, messageBytesMax, startTimeMs } = options;
      const identity = JSON.stringify({
        address,
        node,
        name: order.name,
        callTimeoutMs,
        messageBytesMax: messageBytesMaxOf(order.terms, messageBytesMax),
        startTimeMs,
        sessionBefore: sessionBefore(incarnation + generation * generationStep),
      });
      isolate.assign(identity);
      mark.blame(address);
      recorder?.begin();
      isolate.load(recorder?.noted(program) ?? program, bodyMsMax(options, order.terms));
      recorder?.loaded(program, identity);
    } catch (error) {
      this.#failStart(record, error);
    }
    kernel.charge(record, this.#shard.clock.nowMs() - startedAtMs);
    kernel.release(record);
    if (record.state !== "ended") kernel.collect(record);
    this.#shard.onWork(); // its program may have come between two rounds of the loop
    this.pool.refillSoon();
    return ready;
  }

  #recorderOf(
    order: CreateOrder,
    isolate: IsolatedService,
    watch: WatchOrder | undefined,
  ): Recorder | undefined {
    if (watch === undefined) return undefined;
    const stepMs = order.terms.isTrusted ? 1 : untrustedClockStepMs;
    this.pool.engine.makeReplayable(isolate, stepMs, watch.seeds);
    if (watch.kind === "shadow") return this.shadows?.start(order, isolate, watch);
    return this.recorders?.start(order.address, isolate, watch);
  }

  #outOfTime(record: ServiceRecord): void {
    const { startMsMax } = this.#shard.options;
    const text =
      `service ${formatAddress(record.address)} (${record.name}) was not ready after ` +
      `${startMsMax} ms (startMsMax) and was ended`;
    this.#starts.settle(record.address, new CodedError("SERVICE_INIT_FAILED", text));
    this.#shard.kernel.end(record, "SERVICE_INIT_FAILED", text);
  }

  /** The module could not be loaded, or its body has thrown; an exit in the body is no failure. */
  #failStart(record: ServiceRecord, error: unknown): void {
    this.#shard.kernel.collect(record);
    if (record.state === "ended") return;
    const isMemory = error instanceof Error && /memory limit/i.test(error.message);
    const fault =
      error instanceof CodedError && !isMemory
        ? error
        : new CodedError(isMemory ? "MEMORY_LIMIT" : "SERVICE_LOAD_FAILED", String(error));
    this.#shard.log("error", record.address, `lua loader error : ${fault.message}`);
    this.#starts.settle(record.address, fault);
    this.#shard.kernel.end(record, fault.code, fault.message);
  }

  /** The start handler returned, or failed. */
  started(record: ServiceRecord, fault: CodedError | undefined): void {
    if (fault === undefined) {
      record.restart = this.#services.get(record.address)?.restart ?? "never";
      this.#starts.settle(record.address, true);
      return;
    }
    this.#shard.log("error", record.address, `init service failed: ${fault.message}`);
    this.#starts.settle(
      record.address,
      new CodedError("SERVICE_INIT_FAILED", fault.message, fault.remoteCode),
    );
    this.#shard.kernel.end(record, "SERVICE_INIT_FAILED", fault.message);
  }

  /** The kernel has ended the service: frees what it held. */
  ended(record: ServiceRecord, code: ErrorCode, text: string): void {
    const service = this.#services.get(record.address);
    if (service === undefined) return;
    this.#services.delete(record.address);
    service.recorder?.end(`the service has ended: ${code}: ${text}`);
    this.pool.engine.unwatch(record.address);
    void service.debugger?.close("the service has ended");
    this.#dispose(service);
    const hasExited = record.isExiting;
    const isPlain = code === "ADDRESS_DEAD";
    this.#starts.settle(
      record.address,
      hasExited
        ? false
        : new CodedError(isPlain ? "SERVICE_ABORTED" : code, isPlain ? abortText(record) : text),
    );
  }

  /** Behind the work on the isolate: a session that is open when it goes would hang the exit. */
  #dispose(service: GuestService): void {
    this.#disposing.add(service);
    void this.#disposeBehind(service);
  }

  async #disposeBehind(service: GuestService): Promise<void> {
    await service.work;
    this.#shard.mark.blame(service.record.address);
    service.isolate.dispose();
    this.#disposing.delete(service);
  }

  /** The warden looks after its turns, or does not: a debugged isolate has a session of ours. */
  watch({ record, isolate }: GuestService, isWatched: boolean): void {
    const { engine } = this.pool;
    if (!isWatched) engine.unwatch(record.address);
    else if (record.state !== "ended") engine.watch(record.address, isolate);
  }

  /** Resolves when every service that has ended is disposed. */
  async disposed(): Promise<void> {
    this.shadows?.endAll("the host is shutting down");
    const lanes = Array.from(this.#services.values(), (service) => service.debugger);
    for (const lane of lanes) await lane?.close("the host is shutting down");
    await Promise.all(Array.from(this.#disposing, ({ work }) => work));
  }

  /** Lowers a service's own memory limit; it is looked at after its turns. */
  limitMemory(address: number, bytes: number): void {
    const service = this.#services.get(address);
    if (service === undefined || bytes <= 0) return;
    service.memLimitBytes = Math.min(bytes, service.memLimitBytes || bytes);
    this.#limited.add(service);
    this.#limiter ??= setInterval(() => this.#enforceLimits(), limitsMs);
    this.#shard.log(
      "info",
      service.record.address,
      `Set memory limit to ${(bytes / 1048576).toFixed(2)} M`,
    );
  }

  /** Ends the services that are over the limit they set themselves. */
  #enforceLimits(): void {
    if (this.#limited.size === 0) {
      clearInterval(this.#limiter);
      this.#limiter = undefined;
    }
    for (const service of this.#limited) {
      const { record, isolate, memLimitBytes } = service;
      if (record.state === "ended") {
        this.#limited.delete(service);
        continue;
      }
      if (isolate.heap().usedBytes <= memLimitBytes) continue;
      const text =
        `service ${formatAddress(record.address)} went over its own limit of ` +
        `${memLimitBytes} bytes (memLimit)`;
      this.#shard.kernel.end(record, "MEMORY_LIMIT", text);
    }
  }
}

/**
 * Replies to an earlier life of the address may still come: sessions of the next one begin far from
 * the earlier ones'.
 */
function sessionBefore(incarnation: number): number {
  return Math.imul(incarnation, 0x9e_3779) & sessionMax;
}

/**
 * A module's body may take no longer than a turn: its shard waits for it just so. That of an
 * untrusted service has some of its slices.
 */
export function bodyMsMax({ startMsMax, turnMsMax }: ShardOptions, terms: ServiceTerms): number {
  const turnMs = turnMsMax === 0 ? startMsMax : Math.min(startMsMax, turnMsMax);
  if (terms.isTrusted || terms.sliceMs === 0) return turnMs;
  return Math.min(turnMs, Math.max(terms.sliceMs * bodySlices, bodyMsMin));
}

function abortText({ address, name }: { readonly address: number; readonly name: string }): string {
  return (
    `service ${formatAddress(address as ServiceAddress)} (${name}) was killed while it was ` +
    "starting"
  );
}

function roundOfEvents(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
