// Simulated service: does at random what services do, and tells the ledger.
// Tests only. Its turns are entered by a real kernel, its frames routed by a real router.
// Invariant: every message it writes bears its number and its true sender, and is checked byte by
// byte where it arrives.

import type { ServiceRecord } from "../../src/kernel/service-record.ts";
import { guestLocalIdMin } from "../../wire/address.ts";
import { FrameFlag } from "../../wire/frame.ts";
import { decodeFault, encodeFault } from "../../wire/fault.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { SystemCommand, systemHandedOn, systemResolved } from "../../wire/system-command.ts";
import { FakeOccupant } from "../kit/fake-occupant.ts";
import { namedBody, readFrames, type FrameFields, type SeenFrame } from "../kit/frames.ts";
import type { Random } from "../kit/random.ts";
import type { Ledger } from "./ledger.ts";

const openCallsMax = 5; // with the timers below: what the reserve for replies holds at the least
const timersMax = 3;
const stampBytes = 8; // number and sender at the start of each body

/** What a service knows of the world around it. */
export type Surroundings = {
  readonly random: Random;
  readonly ledger: Ledger;
  /** Ticks without the wrap at 2^32. */
  readonly nowTick: () => number;
  /** Any address: living, dead, or never given out. */
  readonly anyAddress: () => number;
  readonly anyName: () => string;
  readonly kill: (address: number) => void;
  /** The service may exit, or run out of memory. */
  readonly mayEnd: () => boolean;
};

/** Nobody speaks for a service of the host. */
const isGuest = (address: number): boolean => (address & 0xff_ffff) >= guestLocalIdMin;

type Owed = { readonly source: number; readonly session: number };

export class SimService {
  readonly occupant = new FakeOccupant((seen) => this.#onFrame(seen));
  /** Set when the kernel has added it. */
  record: ServiceRecord | undefined;
  /**
   * Messages that its last turn, which was interrupted, left in the inbox of a service that ended.
   */
  get unread(): number {
    const { record, occupant } = this;
    if (record?.state !== "ended" || record.unreadBytes < 0) return 0;
    return readFrames(occupant.memory.inbox, record.unreadBytes).length;
  }

  /** Messages written, as `stat.sent` must count them. */
  written = 0;
  readonly #world: Surroundings;
  #address = 0;
  #session = 0;
  /** It writes nothing more in this turn: it is interrupted, or dies. */
  #isCut = false;
  #hasExited = false;
  readonly #owed: Owed[] = [];
  readonly #timers = new Set<number>();

  constructor(world: Surroundings) {
    this.#world = world;
  }

  get address(): number {
    return this.#address;
  }

  enter(record: ServiceRecord, flush: () => number): void {
    this.record = record;
    this.#address = record.address;
    this.occupant.onFlush = flush;
  }

  /** Does one to four things. */
  act(): void {
    for (let left = 1 + this.#world.random.upTo(3); left > 0; left--) this.#actOnce();
  }

  /** Replies to all it owes: the end of a simulation. */
  payAll(): void {
    for (const owed of this.#owed.splice(0)) this.#reply(owed);
  }

  #actOnce(): void {
    if (this.#isCut || this.#hasExited) return;
    const { random } = this.#world;
    const dice = random.next();
    if (dice < 0.32) this.#sendOneWay();
    else if (dice < 0.64) this.#call();
    else if (dice < 0.76) this.#payOne();
    else if (dice < 0.86) this.#armTimer();
    else if (dice < 0.9) this.#cancelTimer();
    else if (dice < 0.95) this.#handOn();
    else if (dice < 0.965) this.#sendRubbish();
    else if (dice < 0.97) this.#end();
    else if (dice < 0.973)
      this.#world.kill(random.chance(0.3) ? this.#address : this.#world.anyAddress());
    else if (dice < 0.98) this.#flood();
  }

  #bodyBytes(): number {
    const { random } = this.#world;
    if (random.chance(0.92)) return random.upTo(120);
    return random.chance(0.9) ? random.upTo(30_000) : 40_000 + random.upTo(20_000);
  }

  /** Writes a message to an address or to a name; the number it bears. */
  #write(fields: FrameFields, bytes: number, name?: string): number {
    const number = this.#world.ledger.number();
    const body = new Uint8Array(stampBytes + bytes).fill((number * 31) & 0xff);
    const view = new DataView(body.buffer);
    view.setUint32(0, number, true);
    view.setUint32(4, this.#address, true);
    this.written++;
    if (name === undefined) {
      this.occupant.send({ ...fields, body });
    } else {
      const flags = (fields.flags ?? 0) | FrameFlag.named;
      this.occupant.send({ ...fields, flags, body: namedBody(name, body) });
    }
    return number;
  }

  #sendOneWay(): void {
    const { random, ledger } = this.#world;
    const name = random.chance(0.2) ? this.#world.anyName() : undefined;
    const destination = name === undefined ? this.#world.anyAddress() : 0;
    ledger.unreceived.add(this.#write({ destination }, this.#bodyBytes(), name));
  }

  /** More than a mailbox holds, to one service. */
  #flood(): void {
    const { random, ledger } = this.#world;
    const destination = this.#world.anyAddress();
    for (let left = 40 + random.upTo(160); left > 0; left--) {
      ledger.unreceived.add(this.#write({ destination }, random.upTo(300)));
    }
  }

  #call(): void {
    const { random, ledger, nowTick } = this.#world;
    if (ledger.openCalls(this.#address) >= openCallsMax) return;
    const name = random.chance(0.25) ? this.#world.anyName() : undefined;
    const destination = name === undefined ? this.#world.anyAddress() : 0;
    const session = ++this.#session;
    const waitTicks = random.chance(0.3) && this.#timers.size < timersMax ? random.upTo(30) : 0;
    const deadline = waitTicks === 0 ? 0 : nowTick() + waitTicks;
    ledger.called(this.#address, session, name === undefined ? destination : undefined);
    this.#write({ destination, session, deadline }, this.#bodyBytes(), name);
    // The caller's own clock for the call is a timer with the call's session plus a distance.
    if (deadline !== 0) this.#arm(session + 1_000_000, waitTicks + 1);
  }

  #payOne(): void {
    if (this.#isCut || this.#hasExited) return;
    const owed = this.#owed.shift();
    if (owed !== undefined) this.#reply(owed);
  }

  #reply({ source, session }: Owed): void {
    const { random } = this.#world;
    if (random.chance(0.85)) {
      this.#write(
        { kind: MessageKind.response, destination: source, session },
        this.#bodyBytes() % 30_000,
      );
    } else {
      this.written++;
      const body = encodeFault("REMOTE_FAULT", "no");
      this.occupant.send({ kind: MessageKind.error, destination: source, session, body });
    }
  }

  /** Gives a request it owes a reply to another, in the caller's name. */
  #handOn(): void {
    const { ledger } = this.#world;
    const owed = this.#owed.find(({ source }) => isGuest(source));
    if (owed === undefined) return;
    this.#owed.splice(this.#owed.indexOf(owed), 1);
    const to = this.#world.anyAddress();
    const call = ledger.call(owed.source, owed.session);
    if (call !== undefined) ledger.handedOn(call, to);
    this.#write({ ...owed, destination: to, flags: FrameFlag.redirected }, 0);
  }

  #arm(session: number, ticks: number): void {
    const { ledger, nowTick } = this.#world;
    this.#timers.add(session);
    ledger.armed(this.#address, session, nowTick() + Math.max(1, ticks));
    this.occupant.command(SystemCommand.timeout, { session, operand: ticks });
  }

  #armTimer(): void {
    if (this.#timers.size >= timersMax) return;
    this.#arm(++this.#session, this.#world.random.upTo(this.#world.random.chance(0.1) ? 2000 : 40));
  }

  #cancelTimer(): void {
    const session = [...this.#timers].find((armed) => armed < 1_000_000);
    if (session === undefined) return;
    this.#timers.delete(session);
    this.#world.ledger.cancelled(this.#address, session, this.#world.nowTick());
    this.occupant.command(SystemCommand.cancel, { session });
  }

  /** A message whose pieces never end, in a turn that is interrupted. */
  #sendRubbish(): void {
    const { ledger } = this.#world;
    if (this.record?.isInTurn !== true || this.occupant.results.length > 0) return;
    if (ledger.openCalls(this.#address) >= openCallsMax) return;
    this.#isCut = true;
    const session = ++this.#session;
    const destination = this.#world.anyAddress();
    ledger.called(this.#address, session, destination);
    this.occupant.send({ destination, session, flags: FrameFlag.more, body: new Uint8Array(100) });
    this.occupant.results.push({ kind: "interrupted" });
  }

  #end(): void {
    if (!this.#world.mayEnd()) return;
    this.#hasExited = true;
    if (this.record?.isInTurn === true && this.#world.random.chance(0.5)) {
      this.occupant.results.push({ kind: "dead", code: "MEMORY_LIMIT", text: "over its limit" });
    } else {
      this.occupant.command(SystemCommand.exit);
    }
  }

  #onFrame(seen: SeenFrame): void {
    const { ledger, random } = this.#world;
    this.#isCut = this.occupant.results.length > 0;
    this.occupant.received.length = 0;
    if (seen.kind === MessageKind.text) {
      this.act();
    } else if (seen.kind === MessageKind.system) {
      this.#onNews(seen);
    } else if (seen.kind === MessageKind.error) {
      this.#onError(seen);
    } else if (seen.kind === MessageKind.response && seen.source === 0) {
      this.#onTimer(seen.session);
    } else if (!this.#isGenuine(seen)) {
      this.#onSpoofed(seen);
    } else if (seen.kind === MessageKind.response) {
      ledger.replied(this.#address, seen.session, seen.source);
    } else {
      if (seen.session !== 0) this.#owed.push({ source: seen.source, session: seen.session });
      if (random.chance(0.6)) this.#payOne();
      if (random.chance(0.3)) this.act();
    }
  }

  /** Of a request: its name meant its source, or that source has it from now on. */
  #onNews({ body, session, source }: SeenFrame): void {
    const { ledger } = this.#world;
    const words = new Uint32Array(body.buffer, body.byteOffset, body.length / 4);
    const [opcode, ...hands] = words;
    if (opcode === systemResolved) ledger.resolved(this.#address, session, source);
    else if (opcode === systemHandedOn)
      ledger.moved(this.#address, session, { callee: source, hands });
    else ledger.fail("a word of the kernel that is none");
  }

  #onError(seen: SeenFrame): void {
    const { ledger } = this.#world;
    ledger.count(`errors: ${decodeFault(seen.body).code}`);
    if (seen.session === 0) ledger.announced(this.#address, seen.source);
    else ledger.failed(this.#address, seen.session, seen.source);
  }

  #onTimer(session: number): void {
    const { ledger, nowTick } = this.#world;
    ledger.fired(this.#address, session, nowTick());
    this.#timers.delete(session);
    if (session > 1_000_000) ledger.timedOut(this.#address, session - 1_000_000);
    if (this.#world.random.chance(0.3)) this.act();
  }

  /** True when an honest service wrote the message; then its order and its bytes are right. */
  #isGenuine({ body, source, session }: SeenFrame): boolean {
    const { ledger } = this.#world;
    if (ledger.hostile.has(source) || body.length < stampBytes) return false;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const number = view.getUint32(0, true);
    const sender = view.getUint32(4, true);
    const filler = (number * 31) & 0xff;
    const isWhole = body.subarray(stampBytes).every((byte) => byte === filler);
    const isStamped = source === sender || session !== 0; // a request may have been handed on
    if (!isWhole || !isStamped) return false;
    ledger.received(this.#address, sender, number);
    return true;
  }

  /** Only hostile services write such: in their own name, or one-way in another guest's. */
  #onSpoofed(seen: SeenFrame): void {
    const { ledger } = this.#world;
    if (seen.kind === MessageKind.response) {
      ledger.replied(this.#address, seen.session, seen.source);
    } else if (seen.session !== 0 && !ledger.mayBeHostile(seen.source)) {
      ledger.fail(`a request with foreign bytes in the name of ${seen.source}`);
    } else if (ledger.hostile.size === 0) {
      ledger.fail(`a message with foreign bytes, and nobody is hostile`);
    } else {
      ledger.count("hostile messages");
    }
  }
}
