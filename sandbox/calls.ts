// Calls: sends messages and waits for replies, within deadlines.
// Guest (and host services). Used by api.ts, services.ts, requests.ts; replies come through
// waits.ts.
// Invariant: every call ends: by a reply, a fault, the end of its callee, or its deadline.

import { localIdMax, makeAddress } from "../wire/address.ts";
import { decode } from "../wire/codec.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { ArrayIsArray, MathCeil, ReflectApply, SafePromise } from "../wire/primordials.ts";
import { bodyOf, copyBytes } from "./bytes.ts";
import type { GuestClock } from "./clock.ts";
import { OwnMap } from "./containers.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Incoming } from "./dispatcher.ts";
import type { Outbox, OutFrame } from "./outbox.ts";
import type { ProtocolEntry, Protocols } from "./protocols.ts";
import { destinationOf, timeoutOf, type Target } from "./target.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Tracer } from "./tracer.ts";
import { readValue, Wait, type BodyReader } from "./wait.ts";
import type { Waits } from "./waits.ts";

const tickMs = 10;
const ticksMax = 0x7fff_ffff;
const namesMax = 1024; // remembered addresses of names; beyond it calls go by name

export type CallParts = {
  readonly outbox: Outbox;
  readonly waits: Waits;
  readonly threads: Threads;
  readonly clock: GuestClock;
  readonly deadlines: Deadlines;
  readonly protocols: Protocols;
  readonly tracer: Tracer;
};

let resolveNext: (value: unknown) => void;
let rejectNext: (error: unknown) => void;
/** One executor for all promises: no closure for each call. */
const takeSettlers = (
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): void => {
  resolveNext = resolve;
  rejectNext = reject;
};

export class Calls {
  readonly #parts: CallParts;
  /** Addresses that names meant in earlier calls; forgotten when the service ends. */
  readonly #addresses = new OwnMap<string, number>();
  callTimeoutMs = 0;
  node = 0;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  /** One way (skynet.send). */
  // hot: bench send
  send(target: Target, protocol: string, values: readonly unknown[]): void {
    const { protocols, threads, tracer } = this.#parts;
    const entry = protocols.require(protocol);
    const frame = this.frameTo(target, entry.id);
    if (tracer.isOn) tracer.passOn(threads.hint(), frame, "send");
    this.#write(frame, entry, values);
  }

  rawSend(target: Target, protocol: string, body: unknown): void {
    const frame = this.frameTo(target, this.#parts.protocols.require(protocol).id);
    this.#parts.outbox.writeBody(frame, bodyOf(body, "rawSend"));
  }

  /** Requests and resolves with the reply's value (skynet.call). */
  // hot: bench call
  call(target: Target, protocol: string, values: readonly unknown[]): Promise<unknown> {
    const entry = this.#parts.protocols.require(protocol);
    return this.#request(target, entry, values, entry.reader);
  }

  /** As `call`, but resolves with the list of the reply's values (skynet.request). */
  callAll(target: Target, protocol: string, values: readonly unknown[]): Promise<unknown> {
    return this.#request(target, this.#parts.protocols.require(protocol), values, decode);
  }

  rawCall(target: Target, protocol: string, body: unknown): Promise<unknown> {
    const { id } = this.#parts.protocols.require(protocol);
    return this.#request(target, { id, pack: undefined }, bodyOf(body, "rawCall"), copyBytes);
  }

  #request(
    target: Target,
    entry: Pick<ProtocolEntry, "id" | "pack">,
    values: readonly unknown[] | Uint8Array,
    reader: BodyReader,
  ): Promise<unknown> {
    const { threads, tracer, waits, clock } = this.#parts;
    const thread = threads.awaiting();
    const destination = this.#resolve(this.destinationOf(target));
    const sinceTick = clock.now();
    const promise = new SafePromise<unknown>(takeSettlers);
    const settle = { resolve: resolveNext, reject: rejectNext, settler: resolveNext };
    const parts = { destination, kind: entry.id, thread, isAwaited: true, sinceTick };
    const wait = new Wait(parts, reader, settle);
    if (typeof destination === "number") wait.callee = destination;
    else wait.name = destination;
    wait.deadline = this.#deadline(target, thread);
    waits.open(wait);
    try {
      if (tracer.isOn) tracer.passOn(thread, wait, "call");
      this.#write(wait, entry, values);
    } catch (error) {
      waits.fail(wait.session, error);
    }
    if (wait.deadline !== 0) this.#parts.deadlines.watch(wait.deadline);
    return promise;
  }

  /** A request to the kernel of the shard. */
  ask(opcode: number): Promise<unknown> {
    const { waits, clock, threads, outbox } = this.#parts;
    const promise = new SafePromise<unknown>(takeSettlers);
    const settle = { resolve: resolveNext, reject: rejectNext, settler: resolveNext };
    const parts = {
      destination: 0,
      kind: MessageKind.system,
      thread: threads.awaiting(),
      isAwaited: true,
      sinceTick: clock.now(),
    };
    const wait = new Wait(parts, readValue, settle);
    waits.open(wait);
    outbox.writeCommand(opcode, wait.session, 0);
    return promise;
  }

  frameTo(target: Target, kind: number): OutFrame {
    const destination = this.#resolve(this.destinationOf(target));
    return { destination, session: 0, kind, deadline: 0, source: 0 };
  }

  /** The address or name that the author means: an address without a node is one of this node. */
  destinationOf(target: Target): number | string {
    const destination = destinationOf(target);
    if (typeof destination !== "number" || destination > localIdMax) return destination;
    return makeAddress(this.node, destination);
  }

  #resolve(destination: number | string): number | string {
    if (typeof destination === "number") return destination;
    return this.#addresses.get(destination) ?? destination;
  }

  /** The address, also of a name that an earlier call has resolved; else 0. */
  addressOf(destination: number | string): number {
    const address = this.#resolve(destination);
    return typeof address === "number" ? address : 0;
  }

  #write(
    frame: OutFrame,
    entry: Pick<ProtocolEntry, "pack">,
    values: readonly unknown[] | Uint8Array,
  ): void {
    const { outbox } = this.#parts;
    if (!ArrayIsArray(values)) outbox.writeBody(frame, values as Uint8Array);
    else if (entry.pack === undefined) outbox.writeValues(frame, values);
    else outbox.writeBody(frame, bodyOf(ReflectApply(entry.pack, undefined, values), "pack"));
  }

  /**
   * The call's own timeout or the deadline of the request being handled, whichever is first; none
   * for an infinite timeout.
   */
  #deadline(target: Target, thread: Thread | undefined): number {
    const { clock } = this.#parts;
    const ticks = MathCeil((timeoutOf(target) ?? this.callTimeoutMs) / tickMs);
    if (ticks === Infinity) return 0;
    const own = ticks > 0 && ticks < ticksMax ? clock.deadlineIn(ticks) : 0;
    const inherited = thread === undefined ? 0 : thread.deadline;
    if (inherited === 0) return own;
    return own === 0 || ((inherited - own) | 0) < 0 ? inherited : own;
  }

  /** The router tells what the name of a request meant. */
  resolved(session: number, address: number): void {
    const wait = this.#parts.waits.get(session);
    if (wait === undefined || wait.name === "") return;
    wait.callee = address;
    if (this.#addresses.size < namesMax) this.#addresses.set(wait.name, address);
  }

  /** The one who had a request has passed it on: its answer comes from the message's source. */
  handedOn({ session, source, bytes, from, to }: Incoming): void {
    const wait = this.#parts.waits.get(session);
    // Where a caller's requests are is the word of whoever has them, not of its other callees.
    for (let at = from + 4; at < to; at += 4) {
      if (wait?.callee === addressAt(bytes, at)) wait.callee = source;
    }
  }

  /** The service with this address has ended. */
  forget(address: number): void {
    this.#addresses.forEach((known, name) => {
      if (known === address) this.#addresses.delete(name);
    });
  }
}

/** Little-endian. */
function addressAt(bytes: Uint8Array, at: number): number {
  let address = 0;
  for (let index = 3; index >= 0; index--) address = (address << 8) | (bytes[at + index] as number);
  return address >>> 0;
}
