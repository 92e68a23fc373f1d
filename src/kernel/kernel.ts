// Kernel: the scheduler of one shard with all its parts: services, router, run queue, timers.
// One shard. Driven by shard/loop.ts; pure: the clock, the links and the hooks are given to it.
// Invariant: a service is in `router.services` from `add` until `end`, and `end` answers everyone
// who waits on it.

import { formatAddress, kernelAddress, type ServiceAddress } from "../../wire/address.ts";
import { isDoubling } from "../../wire/doubling.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { encodeFault } from "../../wire/fault.ts";
import { FrameWord, isReply } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession } from "../../wire/session.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import { systemStart } from "../../wire/system-command.ts";
import type { BatchWeight } from "./batch.ts";
import { Commands, type CommandHooks } from "./commands.ts";
import type { Places } from "./directory.ts";
import type { Link } from "./link.ts";
import type { MailboxBounds } from "./mailbox.ts";
import type { NameTable } from "./names.ts";
import type { Occupant, TurnResult } from "./occupant.ts";
import type { OwnerAccount } from "./owner-account.ts";
import { dropUnfinished, type OutboxReader } from "./outbox.ts";
import { makeFrame, Router } from "./router.ts";
import { FairQueue } from "./fair-queue.ts";
import { Owners, type OwnerFigures } from "./owners.ts";
import { RunQueue, type TurnQueue } from "./run-queue.ts";
import { Scheduler, type Clock } from "./scheduler.ts";
import { SendAllowance } from "./send-allowance.ts";
import { serviceLimits } from "./service-limits.ts";
import { ServiceRecord } from "./service-record.ts";
import { TimerWheel, type Timer } from "./timers.ts";
import type { TurnMark } from "./turn-mark.ts";

/** What a kernel tells its shard. */
export type KernelHooks = CommandHooks & {
  /** The service has ended; its occupant is to be disposed. */
  readonly onEnded: (record: ServiceRecord, code: ErrorCode, text: string) => void;
  readonly onOverload: (record: ServiceRecord, depth: number) => void;
  /** The service broke the frame format: told of its first breach, its second, its fourth … */
  readonly onFault: (record: ServiceRecord, what: string) => void;
  readonly onInterrupted: (record: ServiceRecord) => void;
  /**
   * The owner has used up its CPU time, its services wait for this long: told of its first debt,
   * its second, its fourth …
   */
  readonly onDebt: (owner: string, ms: number) => void;
};

/** A service to add, and the packed state that it goes on with. */
export type NewService = {
  readonly name: string;
  readonly terms?: ServiceTerms;
  readonly state?: Uint8Array | undefined;
};

const noState = new Uint8Array(0);

export type KernelOptions = {
  readonly shard: number;
  readonly directory: Places;
  readonly names: NameTable;
  readonly clock: Clock;
  readonly mark: TurnMark;
  readonly bounds: MailboxBounds;
  readonly weight: BatchWeight;
  readonly messageBytesMax: number;
  /** Link to another place; undefined when there is none. */
  readonly linkTo: (place: number) => Link | undefined;
  /**
   * In a cell: what a guest sends goes through the node, on the link of shard 0, unless it is a
   * reply to a caller or for a service of the same owner here. Default false.
   */
  readonly confines?: boolean;
  readonly hooks: KernelHooks;
  /** Owners share the time, however many services each has; otherwise the oldest work is first. */
  readonly isFair?: boolean;
};

const tickMs = 10;

export class Kernel {
  readonly router: Router;
  readonly timers: TimerWheel;
  readonly #options: KernelOptions;
  readonly #runQueue: TurnQueue;
  /** The run queue, when it is a fair one. */
  readonly #fairQueue: FairQueue | undefined;
  readonly #owners: Owners;
  readonly #scheduler: Scheduler;
  readonly #reader: OutboxReader;
  readonly #commands: Commands;
  readonly #fire = (timer: Timer): void => this.#commands.fire(timer);
  /** Services that wait for a congested link, each with the link. */
  readonly #held = new Map<ServiceRecord, Link>();
  /** Of services that nobody has launched: the host's own. */
  readonly #hostTerms: ServiceTerms;

  constructor(options: KernelOptions) {
    const { directory, names, bounds, shard, linkTo, clock, confines = false } = options;
    this.#options = options;
    this.#hostTerms = hostTerms(bounds.depthMax);
    this.#fairQueue = options.isFair === true ? new FairQueue() : undefined;
    this.#runQueue = this.#fairQueue ?? new RunQueue();
    this.#owners = new Owners({
      nowMs: clock.nowMs,
      hold: (record) => this.hold(record),
      release: (record) => this.release(record),
      onDebt: options.hooks.onDebt,
    });
    this.timers = new TimerWheel(clock.nowTick());
    this.router = new Router({
      shard,
      directory,
      names,
      runQueue: this.#runQueue,
      bounds,
      linkTo,
    });
    const onFault = (record: ServiceRecord, what: string): void => this.#fault(record, what);
    const { router, timers } = this;
    this.#commands = new Commands({ router, timers, clock, hooks: options.hooks, onFault });
    this.#reader = {
      router,
      nowMs: clock.nowMs,
      confines,
      onCommand: (record, words, at) => this.#commands.run(record, words, at),
      onFault,
    };
    this.#scheduler = new Scheduler({
      clock,
      runQueue: this.#runQueue,
      reader: this.#reader,
      mark: options.mark,
      weight: options.weight,
      onOverload: options.hooks.onOverload,
      onTurnOver: (record, result) => this.#turnOver(record, result),
      onCharge: (account, ms) => this.#charge(account, ms),
      onCongested: (record, link) => this.#holdForLink(record, link),
    });
  }

  get services(): ReadonlyMap<number, ServiceRecord> {
    return this.router.services;
  }

  /** True when a service waits for its turn. */
  get hasWork(): boolean {
    return this.#runQueue.length > 0;
  }

  /**
   * Adds a service; its start message, with the state to import and the packed arguments, is the
   * first in its mailbox.
   */
  add(
    address: ServiceAddress,
    { name, terms = this.#hostTerms, state = noState }: NewService,
    occupant: Occupant,
    args: Uint8Array,
  ): ServiceRecord {
    if (this.services.has(address)) {
      throw new Error(`a service with the address ${formatAddress(address)} is there already`);
    }
    const bounds = { ...this.#options.bounds, depthMax: terms.mailboxDepthMax };
    const record = new ServiceRecord(address, { name, terms }, occupant, bounds);
    this.#setTerms(record);
    this.pushStart(record, state, args);
    this.router.add(record);
    if (record.holds === 0) this.#runQueue.push(record);
    return record;
  }

  /** The start message goes in front of all that is sent to the service. */
  pushStart({ address, mailbox }: ServiceRecord, state: Uint8Array, args: Uint8Array): void {
    const ends = { source: kernelAddress, destination: address, session: noSession };
    mailbox.pushUnbounded(makeFrame(MessageKind.system, ends, startBody(state, args)), 0);
  }

  /** The host's own services are nobody's: they are neither charged nor kept waiting. */
  #setTerms(record: ServiceRecord): void {
    const { terms } = record;
    const { messageBytesMax, clock } = this.#options;
    record.limits = serviceLimits(terms, messageBytesMax);
    if (terms === this.#hostTerms) return;
    if (terms.sendsPerSecondMax > 0) {
      record.sends = new SendAllowance(terms.sendsPerSecondMax, clock.nowMs());
    }
    if (this.#fairQueue !== undefined || terms.cpuPerSecondMs > 0) this.#owners.add(record);
  }

  /**
   * Ends a service at once, or after its turn when it is in one: requests in its mailbox and every
   * service that ever called it are answered with `code`. Nothing happens when it has ended.
   */
  end(record: ServiceRecord, code: ErrorCode, text: string): void {
    if (record.state === "ended") return;
    if (record.isInTurn) {
      record.ending ??= { code, text };
      return;
    }
    if (record.trial?.fail(code, text) === true) return;
    record.state = "ended";
    this.router.remove(record);
    this.#leave(record, code);
    this.#commands.disarm(record);
    record.assembly = undefined;
    this.#held.delete(record);
    this.#owners.remove(record);
    if (record.hasMoved) this.#forward(record);
    else this.#tellEnd(record, code, text);
    this.#options.hooks.onEnded(record, code, text);
  }

  #tellEnd(record: ServiceRecord, code: ErrorCode, text: string): void {
    record.mailbox.drain((words, at) => this.router.refuse(words, at, code, text));
    const fault = encodeFault(code, text);
    for (const caller of record.callers) {
      this.router.postFault(record.address, caller, noSession, fault);
    }
    for (const address of record.farewells ?? []) {
      if (!record.isCaller(address))
        this.router.postFault(record.address, address, noSession, fault);
    }
  }

  /**
   * What neighbours have sent a service that has moved; it waits for no reply. A request that a
   * neighbour has handed on in a caller's name is refused: the node would not believe it.
   */
  #forward(record: ServiceRecord): void {
    record.mailbox.drain((words, at) => {
      if (isReply(words, at)) return;
      const isNeighbours = this.services.has(words[at + FrameWord.source] as number);
      if (isNeighbours) this.router.postOut(words, at);
      else this.router.refuse(words, at, "ADDRESS_DEAD", "the service was moving to another cell");
    });
  }

  /** The address is free, or kept until the launcher has restarted the service. */
  #leave(record: ServiceRecord, code: ErrorCode): void {
    const { directory } = this.#options;
    const mayRestart =
      record.restart === "always" || (record.restart === "on-crash" && !hasExited(record, code));
    record.isKept = mayRestart && code !== "HOST_STOPPING";
    if (record.isKept) directory.suspend(record.address);
    else directory.release(record.address);
  }

  /** Fires the timers that are due, and lets the owners go on whose debt is paid. */
  tick(): void {
    this.timers.advance(this.#options.clock.nowTick(), this.#fire);
    this.#owners.tick();
  }

  /** Milliseconds until `tick` has anything to do; undefined: it never has. */
  msToNext(): number | undefined {
    const ticks = this.timers.ticksToNext();
    const debtMs = this.#owners.msToNext();
    if (ticks === undefined) return debtMs;
    return Math.min(ticks * tickMs, debtMs ?? Infinity);
  }

  /** What each owner's services have used, and who waits. */
  owners(): OwnerFigures[] {
    return this.#owners.figures();
  }

  /** Charges time that the service took outside its turns. */
  charge(record: ServiceRecord, ms: number): void {
    if (record.account !== undefined) this.#charge(record.account, ms);
  }

  #charge(account: OwnerAccount, ms: number): void {
    this.#fairQueue?.charge(account, ms);
    this.#owners.charge(account, ms);
  }

  /** Gives turns for `budgetMs` at most; true when a service had one. */
  burst(budgetMs: number): boolean {
    const worked = this.#scheduler.burst(budgetMs);
    if (this.#held.size > 0) this.#resumeHeld();
    return worked;
  }

  /**
   * Drains an outbox that was written outside a turn: a host service's, after an event of its own.
   */
  collect(record: ServiceRecord): boolean {
    return record.state !== "ended" && this.#scheduler.collect(record);
  }

  /**
   * Drains the outbox in the middle of a turn; 0, or the number of OUTBOX_FULL when nothing more is
   * read.
   */
  flush(record: ServiceRecord): number {
    return this.#scheduler.flush(record);
  }

  /** A turn that its occupant called pending is over: see Scheduler.finish. */
  finish(record: ServiceRecord, result: TurnResult, turn: { length: number; ms: number }): void {
    this.#scheduler.finish(record, result, turn);
  }

  /** A pending turn never ends: the service does, and what that turn still writes is not read. */
  abandon(record: ServiceRecord, code: ErrorCode, text: string): void {
    record.isInTurn = false;
    this.end(record, code, text);
  }

  /** Keeps a service out of turns until `release`, while an operator works on its isolate. */
  hold(record: ServiceRecord): void {
    record.holds++;
  }

  release(record: ServiceRecord): void {
    record.holds--;
    this.wake(record);
  }

  /** It may have work that nobody has told the run queue of. */
  wake(record: ServiceRecord): void {
    if (record.isQueued || record.isInTurn) return;
    if (record.holds === 0 && record.hasWork && record.state !== "ended") {
      this.#runQueue.push(record);
    }
  }

  #turnOver(record: ServiceRecord, result: TurnResult): void {
    if (result.kind === "dead") {
      this.end(record, result.code, result.text);
      return;
    }
    const wasInterrupted = result.kind === "interrupted";
    dropUnfinished(record, this.#reader, { wasInterrupted });
    if (wasInterrupted) this.#options.hooks.onInterrupted(record);
    const { ending } = record;
    if (ending !== undefined) {
      this.end(record, ending.code, ending.text);
    } else if (record.isExiting) {
      const text = `service ${formatAddress(record.address)} has exited`;
      this.end(record, "ADDRESS_DEAD", text);
    }
  }

  /** Counts every breach and does not tell of each: a guest can make thousands a turn. */
  #fault(record: ServiceRecord, what: string): void {
    const faults = ++record.stat.faults;
    if (isDoubling(faults)) this.#options.hooks.onFault(record, what);
  }

  #holdForLink(record: ServiceRecord, link: Link): void {
    if (record.state === "ended" || this.#held.has(record)) return;
    this.#held.set(record, link);
    this.hold(record);
  }

  #resumeHeld(): void {
    for (const [record, link] of this.#held) {
      if (link.isCongested) link.pump();
      if (link.isCongested) continue;
      this.#held.delete(record);
      this.release(record);
    }
  }
}

/** True when the service has ended by its own exit. */
export function hasExited(record: ServiceRecord, code: ErrorCode): boolean {
  return record.isExiting && code === "ADDRESS_DEAD";
}

function startBody(state: Uint8Array, args: Uint8Array): Uint8Array {
  const { length } = state;
  const body = new Uint8Array(4 + length + args.length);
  body.set([systemStart, length, length >>> 8, length >>> 16]);
  body.set(state, 4);
  body.set(args, 4 + length);
  return body;
}

function hostTerms(mailboxDepthMax: number): ServiceTerms {
  return {
    isTrusted: true,
    owner: "",
    memoryMb: 0,
    sliceMs: 0,
    cpuPerSecondMs: 0,
    mailboxDepthMax,
    sendsPerSecondMax: 0,
  };
}
