// World: several shards in one thread, joined by small rings, with services that come, talk and go.
// Tests only. One seed decides all that happens.
// Invariant: after each step every service with frames waiting is queued or held, and the ledger
// agrees.

import type { ServiceAddress } from "../../wire/address.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { Directory } from "../../src/kernel/directory.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import type { Link } from "../../src/kernel/link.ts";
import { NameTable } from "../../src/kernel/names.ts";
import type { ServiceRecord } from "../../src/kernel/service-record.ts";
import { TurnMark } from "../../src/kernel/turn-mark.ts";
import { RingReader, ringMemory, RingWriter } from "../../src/link/ring.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { frame } from "../kit/frames.ts";
import { node } from "../kit/kernel-kit.ts";
import { Random } from "../kit/random.ts";
import { HostileService } from "./hostile-service.ts";
import { Ledger } from "./ledger.ts";
import { SimService, type Surroundings } from "./sim-service.ts";

const bounds = { depthMax: 120, bytesMax: 128 * 1024 };
const messageBytesMax = 40_000;
const ringBytes = 2048;
const congestedBytes = 16 * 1024;
const linkScale = 1024; // the router sees a backlog of 64 KiB as linkBytesMax
const names = [".arena", ".lobby", ".market", ".nobody"];

export type Mix = {
  readonly shards: number;
  readonly steps: number;
  readonly servicesPerShard: number;
  /** Chance that a step ends some service. */
  readonly deaths: number;
  readonly hostileServices: number;
};

type Shard = {
  readonly kernel: Kernel;
  readonly names: NameTable;
  readonly writers: Map<number, RingWriter>;
  readonly readers: RingReader[];
  readonly post: (words: Uint32Array, at: number) => void;
  /** A host service that acts outside its turns. */
  host: SimService | undefined;
};

export class World {
  readonly ledger: Ledger;
  readonly clock = new FakeClock(0xffff_ff80); // the tick counter wraps on the way
  readonly records: ServiceRecord[] = [];
  readonly services: SimService[] = [];
  readonly #random: Random;
  readonly #mix: Mix;
  readonly #population: number;
  readonly #directory = new Directory(node, Directory.memory());
  readonly #shards: Shard[] = [];
  readonly #living: ServiceAddress[] = [];
  readonly #hostile: HostileService[] = [];
  readonly #ops = new Set<ServiceRecord>();

  constructor(seed: number, mix: Mix) {
    this.#random = new Random(seed);
    this.ledger = new Ledger(seed);
    this.#mix = mix;
    this.clock.stepMs = 0.05;
    this.#makeShards();
    for (let index = 0; index < mix.shards; index++) {
      this.#addHost(index);
      for (let left = mix.servicesPerShard; left > 0; left--) this.#spawn(index);
    }
    for (let left = mix.hostileServices; left > 0; left--) this.#spawnHostile();
    this.#population = this.#living.length;
  }

  /** Lets everything happen that the seed says, then lets it come to rest. */
  run(): void {
    for (let step = 0; step < this.#mix.steps; step++) {
      this.#step();
      this.#checkQueued();
    }
    this.#rest();
  }

  get routers(): readonly { dropped: number; lostReplies: number }[] {
    return this.#shards.map(({ kernel }) => kernel.router);
  }

  #step(): void {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.6) this.#round(random.pick(this.#shards));
    else if (dice < 0.82) this.#poke();
    else if (dice < 0.87) this.clock.advanceTicks(random.upTo(4));
    else if (dice < 0.9) this.#hostActs();
    else if (dice < 0.93) this.#bind();
    else if (dice < 0.96) this.#holdOrRelease();
    else if (dice < 0.98) this.#pump(random.pick(this.#shards));
    else if (random.chance(this.#mix.deaths)) this.#kill(this.#anyAddress());
    if (this.#living.length < this.#population) this.#spawn(random.upTo(this.#mix.shards - 1));
  }

  #round({ kernel, readers, post }: Shard): void {
    const framesMax = 1 + this.#random.upTo(40);
    for (const reader of readers) reader.read(post, framesMax);
    kernel.tick();
    kernel.burst(0.1 + this.#random.next());
  }

  #pump({ writers }: Shard): boolean {
    let hasMoved = false;
    for (const writer of writers.values()) hasMoved = writer.pump() || hasMoved;
    return hasMoved;
  }

  #poke(): void {
    const destination = this.#random.pick(this.#living);
    const words = frame({ kind: MessageKind.text, destination });
    const isAccepted = this.#shardOf(destination)?.kernel.router.post(words, 0);
    if (isAccepted !== true) this.ledger.count("pokes refused");
  }

  #hostActs(): void {
    const { kernel, host } = this.#random.pick(this.#shards);
    if (host?.record === undefined || host.record.state === "ended") return;
    host.act();
    kernel.collect(host.record);
  }

  #bind(): void {
    const name = this.#random.pick(names.slice(0, 3));
    const address = this.#anyAddress() as ServiceAddress;
    if (this.#directory.shardOf(address) < 0 || this.ledger.hostile.has(address)) return;
    for (const shard of this.#shards) shard.names.bind(name, address);
  }

  /** An operator's work on a service. */
  #holdOrRelease(): void {
    const [held] = this.#ops;
    if (held !== undefined && this.#random.chance(0.7)) {
      this.#ops.delete(held);
      this.#shardOf(held.address)?.kernel.release(held);
      return;
    }
    const address = this.#random.pick(this.#living);
    const record = this.#shardOf(address)?.kernel.services.get(address);
    if (record === undefined || this.#ops.has(record)) return;
    this.#ops.add(record);
    this.#shardOf(address)?.kernel.hold(record);
  }

  #kill(address: number): void {
    const kernel = this.#shardOf(address)?.kernel;
    const record = kernel?.services.get(address);
    // What a host service wrote since it was last collected would be lost, and `written` would be
    // wrong.
    if (record?.isHostOwn === true && !record.isInTurn) return;
    if (record !== undefined) kernel?.end(record, "ADDRESS_DEAD", "killed");
  }

  /**
   * Everyone goes on until nothing moves; then those who owe replies pay; then those who never do
   * end.
   */
  #rest(): void {
    for (const record of this.#ops) this.#shardOf(record.address)?.kernel.release(record);
    this.#quiesce();
    for (const service of this.services) {
      const { record } = service;
      if (record === undefined || record.state === "ended") continue;
      service.payAll();
      this.#shardOf(record.address)?.kernel.collect(record);
      this.#quiesce();
    }
    for (const { record } of this.#hostile) {
      if (record !== undefined) this.#kill(record.address);
      this.#quiesce();
    }
    this.#quiesce();
    this.#checkAtRest();
    this.ledger.settle();
  }

  #quiesce(): void {
    for (let round = 0; !this.#isQuiet(); round++) {
      if (round > 20_000) this.ledger.fail("the world does not come to rest");
      for (const shard of this.#shards) {
        this.#round(shard);
        this.#pump(shard);
      }
      this.clock.advanceTicks(1);
      this.#checkQueued();
    }
  }

  #isQuiet(): boolean {
    return this.#shards.every(
      ({ kernel, readers, writers }) =>
        !kernel.hasWork &&
        kernel.timers.armed === 0 &&
        readers.every((reader) => reader.isEmpty) &&
        [...writers.values()].every((writer) => !writer.hasBacklog),
    );
  }

  #checkQueued(): void {
    for (const { kernel } of this.#shards) {
      for (const record of kernel.services.values()) {
        const { mailbox, isQueued, holds, address } = record;
        if (holds > 0 && !this.#ops.has(record)) this.ledger.count("steps held for a link");
        if (mailbox.depth === 0 || isQueued || holds > 0) continue;
        this.ledger.fail(`${mailbox.depth} frames wait for ${address}, which is not queued`);
      }
    }
  }

  #checkAtRest(): void {
    for (const { kernel } of this.#shards) {
      if (kernel.router.lostReplies > 0) this.ledger.fail("a reply was lost");
      for (const record of kernel.services.values()) {
        if (record.mailbox.depth === 0 && record.mailbox.bytes === 0 && record.holds === 0)
          continue;
        this.ledger.fail(`${record.address} rests with frames waiting, or held`);
      }
    }
  }

  #makeShards(): void {
    const { shards } = this.#mix;
    const rings = Array.from({ length: shards * shards }, () => ringMemory(ringBytes));
    const marks = TurnMark.memory(shards);
    for (let shard = 0; shard < shards; shard++) {
      const writers = new Map<number, RingWriter>();
      const links = new Map<number, Link>();
      const readers: RingReader[] = [];
      for (let other = 0; other < shards; other++) {
        if (other === shard) continue;
        const memory = rings[shard * shards + other] as SharedArrayBuffer;
        const writer = new RingWriter(memory, () => {}, congestedBytes);
        writers.set(other, writer);
        links.set(other, scaled(writer));
        readers.push(new RingReader(rings[other * shards + shard] as SharedArrayBuffer));
      }
      const table = new NameTable();
      const mark = new TurnMark(marks, shard);
      const kernel = this.#makeKernel(shard, { names: table, links, mark });
      const post = (words: Uint32Array, at: number): void => {
        kernel.router.post(words, at);
      };
      this.#shards.push({ kernel, names: table, writers, readers, post, host: undefined });
    }
  }

  #makeKernel(
    shard: number,
    { links, ...parts }: { names: NameTable; links: Map<number, Link>; mark: TurnMark },
  ): Kernel {
    return new Kernel({
      shard,
      ...parts,
      linkTo: (place) => links.get(place),
      directory: this.#directory,
      clock: this.clock,
      bounds,
      weight: 0,
      messageBytesMax,
      hooks: {
        onStarted: () => {},
        onEnded: (record) => this.#ended(record),
        onOverload: () => this.ledger.count("overloads"),
        onFault: (record, what) => {
          if (!this.ledger.hostile.has(record.address)) this.ledger.fail(`a fault: ${what}`);
        },
        onDebt: () => {},
        onInterrupted: () => this.ledger.count("interrupted turns"),
        onMemLimit: () => {},
        ownStat: () => new Uint8Array(0),
      },
    });
  }

  #ended(record: ServiceRecord): void {
    this.ledger.died(record.address);
    this.#living.splice(this.#living.indexOf(record.address), 1);
    this.#ops.delete(record);
    for (const shard of this.#shards) shard.names.release(record.address);
  }

  #surroundings(): Surroundings {
    return {
      random: this.#random,
      ledger: this.ledger,
      nowTick: () => this.clock.ticks,
      anyAddress: () => this.#anyAddress(),
      anyName: () => this.#random.pick(names),
      kill: (address) => {
        if (this.#random.chance(this.#mix.deaths)) this.#kill(address);
      },
      mayEnd: () => this.#random.chance(this.#mix.deaths),
    };
  }

  #anyAddress(): number {
    const random = this.#random;
    if (random.chance(0.93)) return random.pick(this.#living);
    const [dead] = this.ledger.dead;
    return dead !== undefined && random.chance(0.7)
      ? random.pick([...this.ledger.dead])
      : 0x0100_f00d;
  }

  #shardOf(address: number): Shard | undefined {
    return this.#shards[this.#directory.shardOf(address as ServiceAddress)];
  }

  #spawn(shard: number): void {
    this.#add(new SimService(this.#surroundings()), this.#directory.allocate(shard));
  }

  #addHost(shard: number): void {
    const host = new SimService(this.#surroundings());
    this.#add(host, this.#directory.occupy(0x10 + shard, shard));
    (this.#shards[shard] as Shard).host = host;
  }

  #spawnHostile(): void {
    const service = new HostileService(this.#surroundings());
    const address = this.#directory.allocate(this.#random.upTo(this.#mix.shards - 1));
    this.ledger.hostile.add(address);
    this.#hostile.push(service);
    this.#add(service, address);
  }

  #add(service: SimService | HostileService, address: ServiceAddress): void {
    const { kernel } = this.#shardOf(address) as Shard;
    const record = kernel.add(address, { name: "simulated" }, service.occupant, new Uint8Array(0));
    service.enter(record, () => kernel.flush(record));
    this.#living.push(address);
    if (!(service instanceof SimService)) return;
    this.records.push(record);
    this.services.push(service);
  }
}

/** A link whose backlog looks larger to the router, so that a simulation fills it. */
function scaled(writer: RingWriter): Link {
  return {
    write: (words, at, length) => writer.write(words, at, length),
    pump: () => writer.pump(),
    get backlogBytes() {
      return Math.min(writer.backlogBytes * linkScale, limits.linkBytesMax * 1.2);
    },
    get isCongested() {
      return writer.isCongested;
    },
  };
}
