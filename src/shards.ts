// Shards: the threads of a host and what it knows of them: shard 0 here, the others in the pool.
// Main thread. Made by host.ts.
// Invariant: a shard that does not stop by itself has its turn ended; stop returns in stopMsMax all
// the same.

import type { Directory } from "./kernel/directory.ts";
import { Cells } from "./cell/cells.ts";
import { endlessText, Monitor } from "./kernel/monitor.ts";
import { MarkWord, TurnMark } from "./kernel/turn-mark.ts";
import { makeAddress, wellKnown, type ServiceAddress } from "../wire/address.ts";
import { limits } from "../wire/limits.ts";
import { orderWarden, WardenOrder } from "./engine/warden.ts";
import type { ResolvedOptions } from "./options.ts";
import { placeService } from "./placement/placement.ts";
import { makeHostMemory, Stopping, type HostMemory } from "./shard/host-memory.ts";
import { Loop } from "./shard/loop.ts";
import type { ShardOptions } from "./shard/shard-options.ts";
import { ShardPool } from "./shard/shard-pool.ts";
import { Shard, threadGround } from "./shard/shard.ts";
import { wakeShard } from "./shard/sleeper.ts";

const stopMsMax = 4000;
const stopTurnsMs = 1500; // a turn that runs this long into a stop is ended

export class Shards {
  readonly memory: HostMemory;
  readonly own: Shard;
  readonly directory: Directory;
  readonly cells: Cells;
  readonly #marks: readonly Int32Array[];
  readonly #pool: ShardPool;
  readonly #loop: Loop;
  readonly #looping: Promise<void>;
  readonly #ownStopping = new SharedArrayBuffer(4);
  readonly #monitor = new Monitor();
  readonly #monitorTimer: NodeJS.Timeout;
  /** Services launched on each shard, ahead of what its mark says. */
  readonly #services: number[];
  #stopping: Promise<boolean> | undefined;

  constructor(options: ResolvedOptions, onFault: (shard: number, error: unknown) => void) {
    const count = options.shards + 1;
    this.memory = makeHostMemory(count);
    const shardOptions: ShardOptions = { ...options, startTimeMs: this.memory.startTimeMs };
    const ground = threadGround(0, this.memory, options.node);
    this.directory = ground.directory;
    this.own = new Shard(ground, shardOptions);
    this.#marks = Array.from(
      { length: count },
      (_, index) => new TurnMark(this.memory.marks, index).words,
    );
    this.#services = Array.from({ length: count }, () => 0);
    for (const index of this.#marks.keys())
      this.directory.occupy(wellKnown.shardControl + index, index);
    this.cells = new Cells({
      shard: this.own,
      directory: this.directory,
      tickZeroMs: this.memory.tickZeroMs,
      firstPlace: count,
      cellsMax: options.cells,
      sparesMin: options.warmCells,
      servicesMax: options.cellServicesMax,
      stallMs: options.cellStallMs,
      memoryMb: options.cellMemoryMb,
      ageMsMax: options.cellAgeMs,
    });
    this.#pool = new ShardPool(options.shards);
    for (let index = 1; index < count; index++) {
      const task = { index, memory: this.memory, options: shardOptions };
      this.#pool.start(task, (error) => onFault(index, error));
    }
    this.#loop = new Loop(this.own, this.#ownStopping, { spins: false });
    this.#looping = this.#loop.run();
    this.#monitorTimer = setInterval(() => this.#look(), limits.monitorMs);
    this.#monitorTimer.unref();
  }

  /** Address of the control service of each worker shard, by the shard's index. */
  controls(): Map<number, ServiceAddress> {
    const { node } = this.own.options;
    const workers = [...this.#marks.keys()].slice(1);
    return new Map(
      workers.map((index) => [index, makeAddress(node, wellKnown.shardControl + index)]),
    );
  }

  /** Place for a new trusted service. */
  place(near: ServiceAddress | undefined): number {
    const loads = [...this.#marks.entries()].slice(1).map(([index, words]) => ({
      index,
      services: this.#services[index] as number,
      waiting: words[MarkWord.load] as number,
    }));
    return placeService(loads, near === undefined ? undefined : this.directory.shardOf(near));
  }

  /** An address for a new service on the shard or in the cell. */
  allocate(place: number, owner: string): ServiceAddress {
    const address = this.directory.allocate(place);
    this.#joined(place, address, owner);
    return address;
  }

  #joined(place: number, address: ServiceAddress, owner: string): void {
    if (place >= this.#marks.length) this.cells.join(place, address, owner);
    else this.#services[place] = (this.#services[place] as number) + 1;
  }

  /** Gives an address back whose service was never there; nothing happens when its end was told. */
  release(address: ServiceAddress): void {
    const shard = this.directory.shardOf(address);
    if (shard < 0) return;
    if (!this.directory.isSuspended(address)) this.left(shard, address);
    this.directory.release(address);
  }

  /** Places the address of a service that is restarted on a shard. */
  move(address: ServiceAddress, place: number, owner: string): void {
    this.directory.place(address, place);
    this.#joined(place, address, owner);
  }

  /** The service of this address could not be restarted; nothing happens when its end was told. */
  suspend(address: ServiceAddress): void {
    if (this.directory.isSuspended(address)) return;
    this.left(this.directory.shardOf(address), address);
    this.directory.suspend(address);
  }

  /** A service on a shard or in a cell has ended. */
  left(place: number, address: ServiceAddress): void {
    if (place >= this.#marks.length) this.cells.left(place, address);
    else this.#services[place] = Math.max(0, (this.#services[place] as number) - 1);
  }

  isCell(place: number): boolean {
    return place >= this.#marks.length;
  }

  /** Ends or interrupts the turn that this service is in, if it is in one. */
  interrupt(address: ServiceAddress, how: "interrupt" | "dispose"): void {
    const mark = this.#marks[this.directory.shardOf(address)];
    if (mark !== undefined) orderWarden(mark, { order: WardenOrder[how], address });
  }

  get isolates(): number {
    return Atomics.load(new Int32Array(this.memory.isolateCount), 0);
  }

  loads(): { shard: number; services: number; waiting: number }[] {
    return [...this.#marks.entries()].map(([shard, words]) => ({
      shard,
      services: words[MarkWord.services] as number,
      waiting: words[MarkWord.load] as number,
    }));
  }

  #look(): void {
    for (const endless of this.#monitor.look(this.#marks)) {
      this.own.log("error", 0 as ServiceAddress, endlessText(endless));
      const control = makeAddress(this.own.options.node, wellKnown.shardControl + endless.shard);
      this.onEndless(control, endless.destination);
    }
  }

  /** Set by the host: tells the shard's control that this service's turn was reported. */
  onEndless: (control: ServiceAddress, address: ServiceAddress) => void = () => {};

  /**
   * Ends every service and every thread. False when a thread did not end in time and is still
   * there.
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    clearInterval(this.#monitorTimer);
    this.cells.stop();
    const stopping = new Int32Array(this.memory.stopping);
    Atomics.store(stopping, 0, Stopping.services);
    for (const mark of this.#marks.slice(1)) wakeShard(mark);
    void this.#sendLast(stopping);
    const endTurns = setTimeout(() => this.#endTurns(), stopTurnsMs);
    const hasStopped = await within(stopMsMax, this.#pool.stop());
    clearTimeout(endTurns);
    Atomics.store(new Int32Array(this.#ownStopping), 0, 1);
    this.own.onWork();
    await this.#looping;
    await this.#loop.drain();
    return hasStopped;
  }

  /** What host services have written so far goes out, to be answered; then the threads may go. */
  async #sendLast(stopping: Int32Array): Promise<void> {
    for (let round = 0; round < 2 || (this.own.links.hasBacklog && round < stopMsMax); round++) {
      this.own.onWork();
      await new Promise<void>((resolve) => void setTimeout(resolve, 1));
    }
    Atomics.store(stopping, 0, Stopping.threads);
  }

  #endTurns(): void {
    for (const mark of this.#marks.slice(1)) {
      orderWarden(mark, {
        order: WardenOrder.dispose,
        address: mark[MarkWord.destination] as number,
      });
    }
  }
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  void work.then(() => resolve(true));
  const isDone = await promise;
  clearTimeout(timer);
  return isDone;
}
