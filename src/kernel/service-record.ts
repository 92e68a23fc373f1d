// Service record: all that a shard knows of one service on it.
// One shard. Made by kernel.ts, used by every file here.
// Invariant: `callers` holds every service that ever sent a request here and may still live.

import { guestLocalIdMin, localIdOf, type ServiceAddress } from "../../wire/address.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import type { RestartPolicy, ServiceTerms } from "../../wire/service-terms.ts";
import type { Assembly } from "./assembly.ts";
import { Callers } from "./callers.ts";
import type { Link } from "./link.ts";
import type { HandedOn } from "./handed-on.ts";
import { Mailbox, type MailboxBounds } from "./mailbox.ts";
import type { Occupant } from "./occupant.ts";
import type { OwnerAccount } from "./owner-account.ts";
import { Overload } from "./overload.ts";
import type { SendAllowance } from "./send-allowance.ts";
import { serviceLimits, type ServiceLimits } from "./service-limits.ts";
import type { Timer } from "./timers.ts";
import type { Trial } from "./trial.ts";

/** starting: until the start handler has returned; running; ended: no frame reaches it. */
export type ServiceState = "starting" | "running" | "ended";

export type ServiceStat = {
  /** Messages handed to the service. */
  messages: number;
  /** Wall time of its turns in milliseconds. */
  turnMs: number;
  turns: number;
  /** Messages it sent, the refused ones included. */
  sent: number;
  /** Its messages that were refused. */
  refused: number;
  /** Requests dropped because their deadline had passed before a turn. */
  expired: number;
  /** Breaches of the frame format in its outbox. */
  faults: number;
  /** Turns that were interrupted. */
  interrupts: number;
  /** Requests that it answered with an error. */
  errors: number;
};

const slicedBatchFrames = 8; // what a service with a slice starts with

export class ServiceRecord {
  readonly address: ServiceAddress;
  readonly name: string;
  readonly terms: ServiceTerms;
  /** Of its terms. */
  readonly sliceMs: number;
  readonly mailbox: Mailbox;
  readonly overload = new Overload();
  readonly timers = new Map<number, Timer>();
  readonly stat: ServiceStat = {
    messages: 0,
    turnMs: 0,
    turns: 0,
    sent: 0,
    refused: 0,
    expired: 0,
    faults: 0,
    interrupts: 0,
    errors: 0,
  };
  /** What it may send and arm; the kernel knows the host's options. */
  limits: ServiceLimits;
  /** Its owner's, when its turns are charged to one. */
  account: OwnerAccount | undefined;
  /** Its turns are charged, or bounded by a slice. */
  isMetered = false;
  /** Undefined: it may send as many messages as it can. */
  sends: SendAllowance | undefined;
  /**
   * Frames of one turn at most. A service with a slice gets as many as it can do in a part of it:
   * a turn that is too long is its own fault then, not that of the batch.
   */
  batchFramesMax: number = limits.batchFramesMax;
  occupant: Occupant;
  state: ServiceState = "starting";
  /** One of the host's own: it may reply to anyone and send in anyone's name. */
  isHostOwn: boolean;
  /** In the run queue. */
  isQueued = false;
  /**
   * Its code may be on the stack, or its outbox is being read: it is neither queued nor ended now.
   */
  isInTurn = false;
  /** Keeps the service out of turns: a link it sends to is full, or an operator works on it. */
  holds = 0;
  /**
   * Whether its address outlives it, for a restart; "never" until its first start has succeeded.
   */
  restart: RestartPolicy = "never";
  /** How many services had this address before it. */
  incarnation = 0;
  /** It has ended, and its address was kept. */
  isKept = false;
  /**
   * In a cell: it lives at another place from here on. Who sends to it goes by way of the node.
   */
  hasMoved = false;
  /**
   * In a cell: it has come from another one. What is for it comes by way of the node, also from
   * here: otherwise it would overtake what waits there.
   */
  isFromElsewhere = false;
  /** It asked to end; the kernel ends it after the turn. */
  isExiting = false;
  /** Another occupant is tried in the place of its own. */
  trial: Trial | undefined;
  /** Why the kernel ends it after the turn, when that was ordered in its turn. */
  ending: { readonly code: ErrorCode; readonly text: string } | undefined;
  /**
   * Bytes of frames in the inbox that an interrupted turn had not read; -1: the last turn was not
   * interrupted.
   */
  unreadBytes = -1;
  /** Turns one after the other that were interrupted before it had read a frame. */
  wastedTurns = 0;
  /** The monitor reported its turn. */
  wasEndless = false;
  /** A message in pieces that is coming out of the outbox. */
  assembly: Assembly | undefined;
  /** A congested link that the present turn wrote to. */
  congestedLink: Link | undefined;
  /** CPU time of its last metered turn, and of its isolate when that was last looked at. */
  turnCpuMs = 0;
  cpuSeenMs = 0;
  /** Bytes sent in the present turn. */
  turnSentBytes = 0;
  /** Who had the requests before it that were handed on to it, until it answers. */
  handedOn: HandedOn | undefined;
  /**
   * Whom to tell that it has ended, when it has: an untrusted service's own word is not passed on.
   */
  farewells: Set<ServiceAddress> | undefined;
  readonly #callers = new Callers();

  constructor(
    address: ServiceAddress,
    { name, terms }: { readonly name: string; readonly terms: ServiceTerms },
    occupant: Occupant,
    bounds: MailboxBounds,
  ) {
    this.address = address;
    this.name = name;
    this.terms = terms;
    this.sliceMs = terms.sliceMs;
    this.limits = serviceLimits(terms, limits.messageBytesMax);
    this.isMetered = terms.sliceMs > 0;
    if (terms.sliceMs > 0) this.batchFramesMax = slicedBatchFrames;
    this.occupant = occupant;
    this.mailbox = new Mailbox(bounds);
    this.isHostOwn = localIdOf(address) < guestLocalIdMin;
  }

  /** It has frames to read, or has to be told of an interruption. */
  get hasWork(): boolean {
    return this.mailbox.depth > 0 || this.unreadBytes >= 0;
  }

  get callers(): ReadonlySet<ServiceAddress> {
    return this.#callers.addresses;
  }

  /** Remembers who waits for an answer from here. `isAlive` prunes the set when it has doubled. */
  noteCaller(source: ServiceAddress, isAlive: (address: ServiceAddress) => boolean): void {
    this.#callers.note(source, isAlive);
  }

  /**
   * True when `address` has sent a request here, or is this service: it may be sent replies from
   * here.
   */
  isCaller(address: number): boolean {
    return address === this.address || this.#callers.has(address);
  }
}
