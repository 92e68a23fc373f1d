// Shard: one thread's kernel with the links to the other shards and the services on it.
// One thread. Driven by loop.ts; services come and go by orders of the control service.
// Invariant: an isolate is disposed exactly once, after the kernel has ended its service.

import { formatAddress, makeAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import { encode } from "../../wire/codec.ts";
import type { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { writeUtf8 } from "../../wire/utf8.ts";
import { Directory, type Places } from "../kernel/directory.ts";
import { Kernel, type KernelHooks } from "../kernel/kernel.ts";
import { NameTable } from "../kernel/names.ts";
import { makeFrame } from "../kernel/router.ts";
import type { Clock } from "../kernel/scheduler.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import { TurnMark } from "../kernel/turn-mark.ts";
import { makeClock } from "./clock.ts";
import type { HostMemory } from "./host-memory.ts";
import { HostService } from "./host-service.ts";
import { ringLinks, type ShardLinks } from "./shard-links.ts";
import type { ShardOptions } from "./shard-options.ts";

/** Levels of a log line, as pino numbers them. */
export const LogLevel = { debug: 20, info: 30, warn: 40, error: 50 } as const;

/** What happens to services, for the control service. */
export type ShardEvents = {
  onStarted(record: ServiceRecord, fault: CodedError | undefined): void;
  onEnded(record: ServiceRecord, code: ErrorCode, text: string): void;
  onMemLimit(record: ServiceRecord, bytes: number): void;
  onInterrupted(record: ServiceRecord): void;
  cpuMs(record: ServiceRecord): number;
};

/** What a shard stands on: the memory of the host's threads, or what a cell has in its place. */
export type ShardGround = {
  readonly index: number;
  readonly directory: Places;
  readonly mark: TurnMark;
  readonly links: ShardLinks;
  /** In a cell: its guests reach services of other owners through the node only. */
  readonly confines?: true;
  /** Monotonic milliseconds that tick 0 stands for. */
  readonly tickZeroMs: number;
};

/** For shard `index` of a host's threads. */
export function threadGround(
  index: number,
  memory: HostMemory,
  node: number,
): ShardGround & { readonly directory: Directory } {
  return {
    index,
    directory: new Directory(node, memory.directory),
    mark: new TurnMark(memory.marks, index),
    links: ringLinks(index, memory),
    tickZeroMs: memory.tickZeroMs,
  };
}

export class Shard {
  readonly index: number;
  readonly options: ShardOptions;
  readonly directory: Places;
  readonly links: ShardLinks;
  readonly names = new NameTable();
  readonly mark: TurnMark;
  readonly clock: Clock;
  readonly kernel: Kernel;
  /** Set by the control service. */
  events: ShardEvents | undefined;
  /** Set by the loop: something on this thread brought work. */
  onWork: () => void = () => {};
  /** Called first in each round: sends what the event loop has brought since the last one. */
  beforeRound: () => void = () => {};
  readonly #written = new Set<ServiceRecord>();
  readonly #post = (words: Uint32Array, at: number): void => {
    this.kernel.router.post(words, at);
  };

  constructor(ground: ShardGround, options: ShardOptions) {
    const { index, directory, mark, links, tickZeroMs, confines = false } = ground;
    this.index = index;
    this.options = options;
    this.directory = directory;
    this.mark = mark;
    this.links = links;
    this.clock = makeClock(tickZeroMs);
    this.kernel = new Kernel({
      shard: index,
      directory,
      names: this.names,
      clock: this.clock,
      mark,
      bounds: { depthMax: options.mailboxDepthMax, bytesMax: options.mailboxBytesMax },
      weight: options.batchWeight,
      messageBytesMax: options.messageBytesMax,
      linkTo: (place) => links.linkTo(place),
      confines,
      hooks: this.#hooks(),
    });
  }

  #hooks(): KernelHooks {
    return {
      onStarted: (record, fault) => this.events?.onStarted(record, fault),
      onEnded: (record, code, text) => {
        if (!record.isKept) this.names.release(record.address);
        this.events?.onEnded(record, code, text);
      },
      onOverload: (record, depth) =>
        this.log("error", record.address, `error: May overload, message queue length = ${depth}`),
      onFault: (record, what) =>
        this.log(
          "warn",
          record.address,
          `service ${formatAddress(record.address)} broke the frame format: ${what}`,
        ),
      onInterrupted: (record) => this.events?.onInterrupted(record),
      onDebt: (owner, ms) =>
        this.log(
          "warn",
          0 as ServiceAddress,
          `owner "${owner}" has used up its CPU time (cpuPerSecondMs): ` +
            `its services wait for ${Math.ceil(ms)} ms`,
        ),
      onMemLimit: (record, bytes) => this.events?.onMemLimit(record, bytes),
      ownStat: (record) => this.#ownStat(record),
    };
  }

  #ownStat(record: ServiceRecord): Uint8Array {
    const endless = record.wasEndless;
    record.wasEndless = false;
    const cpu = (this.events?.cpuMs(record) ?? 0) / 1000;
    const { messages: message, turnMs, turns, interrupts } = record.stat;
    const time = turns === 0 ? 0 : turnMs / turns / 1000;
    return encode([{ mqlen: record.mailbox.depth, cpu, time, message, endless, interrupts }]);
  }

  /**
   * Starts a host service at its well-known or allocated address. `build` registers its handlers.
   */
  addHostService(
    address: ServiceAddress,
    name: string,
    build: (service: HostService) => void,
    args: readonly unknown[] = [],
  ): HostService {
    const { node, callTimeoutMs, messageBytesMax, startTimeMs } = this.options;
    const identity = { address, node, name, callTimeoutMs, messageBytesMax, startTimeMs };
    let record: ServiceRecord | undefined;
    const onWrite = (): void => {
      if (record === undefined || record.isInTurn) return;
      this.#written.add(record);
      this.onWork();
    };
    const service = new HostService(identity, onWrite, () => this.clock.nowTick());
    record = this.kernel.add(address, { name }, service, encode(args));
    record.isHostOwn = true;
    const added = record;
    service.onFlush = () => this.kernel.flush(added);
    build(service);
    this.onWork();
    return service;
  }

  /** Writes a line to the host's log, for a service or for the host itself (address 0). */
  log(level: keyof typeof LogLevel, address: ServiceAddress, text: string): void {
    const body = new Uint8Array(1 + text.length * 3);
    body[0] = LogLevel[level];
    const end = writeUtf8(text, body, 1);
    const logger = makeAddress(this.options.node, wellKnown.logger);
    const ends = { source: address, destination: logger, session: 0 };
    this.kernel.router.post(makeFrame(MessageKind.text, ends, body.subarray(0, end)), 0);
  }

  get hasWritten(): boolean {
    return this.#written.size > 0;
  }

  /** Posts what other shards sent. True when there was any. */
  readLinks(framesMax: number): boolean {
    return this.links.read(this.#post, framesMax);
  }

  /** Routes what host services wrote outside their turns. */
  collectWritten(): boolean {
    if (this.#written.size === 0) return false;
    for (const record of this.#written) if (record.state !== "ended") this.kernel.collect(record);
    this.#written.clear();
    return true;
  }
}
