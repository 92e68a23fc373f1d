// Router: brings one frame to the mailbox of its destination, to the link of its shard, or back as
// a fault.
// One shard. Fed by outbox.ts, by the readers of links and by the kernel itself.
// Invariant: a request is accepted by a mailbox or a link, or its source gets exactly one error
// frame.

import {
  formatAddress,
  kernelAddress,
  localIdOf,
  wellKnown,
  type ServiceAddress,
} from "../../wire/address.ts";
import { errorCodes, type ErrorCode } from "../../wire/error-codes.ts";
import { encodeFault } from "../../wire/fault.ts";
import {
  FrameFlag,
  frameHeaderBytes,
  frameHeaderWords,
  FrameWord,
  frameStride,
  isReply,
  isRequest,
} from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession } from "../../wire/session.ts";
import { systemHandedOn, systemResolved } from "../../wire/system-command.ts";
import { readUtf8 } from "../../wire/utf8.ts";
import type { Places } from "./directory.ts";
import { HandedOn } from "./handed-on.ts";
import type { Link } from "./link.ts";
import { withReserve, type MailboxBounds } from "./mailbox.ts";
import type { NameTable } from "./names.ts";
import type { TurnQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

export type RouterParts = {
  readonly shard: number;
  readonly directory: Places;
  readonly names: NameTable;
  readonly runQueue: TurnQueue;
  readonly bounds: MailboxBounds;
  /** Link to another shard; undefined when there is none. */
  readonly linkTo: (shard: number) => Link | undefined;
};

const redirectedFlag = FrameFlag.redirected << 8;
const recentMask = 0xff;
const nodeShard = 0; // where a cell's link leads

export class Router {
  readonly #services = new Map<number, ServiceRecord>();
  /** Destinations of late, by the low bits of their addresses: cheaper to look at than the map. */
  readonly #recent: (ServiceRecord | undefined)[] = Array.from({ length: recentMask + 1 });
  readonly #parts: RouterParts;
  readonly #isAlive: (address: ServiceAddress) => boolean;
  /**
   * Frames that nobody could be told of: one-way messages to the dead, the unknown and the full.
   */
  dropped = 0;
  /** Replies that a living service misses: there was no room for them even in the reserve. */
  lostReplies = 0;
  /** The congested link that was last written to; whoever looks sets it back. */
  congestedLink: Link | undefined;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#isAlive = (address) => parts.directory.shardOf(address) >= 0;
  }

  get services(): ReadonlyMap<number, ServiceRecord> {
    return this.#services;
  }

  add(record: ServiceRecord): void {
    this.#services.set(record.address, record);
  }

  remove(record: ServiceRecord): void {
    this.#services.delete(record.address);
    this.#recent.fill(undefined);
  }

  /** The service on this shard with the address. */
  #find(address: number): ServiceRecord | undefined {
    const slot = address & recentMask;
    const recent = this.#recent[slot];
    if (recent !== undefined && recent.address === address) return recent;
    const record = this.#services.get(address);
    if (record !== undefined) this.#recent[slot] = record;
    return record;
  }

  /**
   * Posts the frame at word `at`, whose source is true and whose length is checked. Copies it.
   * True when it was accepted; a refused request has been answered.
   */
  // hot: bench/micro/kernel/frame-path
  post(words: Uint32Array, at: number): boolean {
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    const record = this.#find(destination);
    if (record === undefined) return this.#postAway(destination, words, at);
    if ((words[at + FrameWord.kindAndFlags] as number) > 0xff) {
      return this.post(this.unwrapHandedOn(words, at), 0);
    }
    if (!record.mailbox.push(words, at) && !this.#pushReserved(record, words, at)) {
      this.#refuseFull(record, words, at);
      return false;
    }
    if (isRequest(words, at)) {
      record.noteCaller(words[at + FrameWord.source] as ServiceAddress, this.#isAlive);
    }
    if (!record.isQueued && record.holds === 0 && !record.isInTurn) {
      this.#parts.runQueue.push(record);
    }
    return true;
  }

  /** The mailbox is full: replies, and the kernel's own words on them, have a reserve. */
  #pushReserved(record: ServiceRecord, words: Uint32Array, at: number): boolean {
    if (isSocketEvent(words, at)) {
      record.mailbox.pushCredited(words, at);
      return true;
    }
    return this.#mayUseReserve(words, at) && record.mailbox.pushReserved(words, at);
  }

  /**
   * "I have ended" from one who lives, which any guest can send by the thousand, gets no reserve.
   */
  #mayUseReserve(words: Uint32Array, at: number): boolean {
    const kind = (words[at + FrameWord.kindAndFlags] as number) & 0xff;
    if (kind === MessageKind.system) return true;
    if (!isReply(words, at)) return false;
    const source = words[at + FrameWord.source] as ServiceAddress;
    return words[at + FrameWord.session] !== 0 || !this.#livesOn(source);
  }

  /** False also for a service that keeps its address until its restart. */
  #livesOn(address: ServiceAddress): boolean {
    return this.#isAlive(address) && !this.#parts.directory.isSuspended(address);
  }

  /** To the link of another shard; or back, because nobody has the address. */
  #postAway(destination: ServiceAddress, words: Uint32Array, at: number): boolean {
    const { directory, shard, linkTo } = this.#parts;
    const place = directory.shardOf(destination);
    const link = place >= 0 && place !== shard ? linkTo(place) : undefined;
    if (link !== undefined) return this.#writeTo(link, words, at);
    const address = formatAddress(destination);
    const isKept = place === shard || directory.isSuspended(destination);
    if (isKept && directory.wasAllocated(destination)) {
      this.refuse(words, at, "SERVICE_RESTARTING", `service ${address} is being restarted`);
    } else if (directory.wasAllocated(destination)) {
      this.refuse(words, at, "ADDRESS_DEAD", `service ${address} has ended`);
    } else {
      this.refuse(words, at, "ADDRESS_UNKNOWN", `no service has the address ${address}`);
    }
    return false;
  }

  /** Posts a guest's frame to the node, whoever it is for, as it is: the node looks at it first. */
  postOut(words: Uint32Array, at: number): boolean {
    const link = this.#parts.linkTo(nodeShard);
    if (link !== undefined) return this.#writeTo(link, words, at);
    this.refuse(words, at, "ADDRESS_UNKNOWN", "this cell has no link to its node");
    return false;
  }

  /**
   * Posts a frame that `speaker` sends in the name of its source, to an address or a name. The
   * source of a request is told where it is now (systemHandedOn) by the shard where it ends: so the
   * answer, which leaves from there, comes behind that news.
   */
  postFor(speaker: ServiceRecord, words: Uint32Array, at: number): boolean {
    const isNamed = ((words[at + FrameWord.kindAndFlags] as number) & (FrameFlag.named << 8)) !== 0;
    if (isNamed) return this.postNamed(words, at, speaker);
    if (!isRequest(words, at)) return this.post(words, at);
    const before = speaker.handedOn?.take(words, at) ?? [];
    return this.post(withHands(words, at, [...before, speaker.address].slice(-limits.handsMax)), 0);
  }

  /**
   * A request that was handed on is where its answer leaves from: its source is told. Returns the
   * request as its destination gets it.
   */
  unwrapHandedOn(words: Uint32Array, at: number): Uint32Array {
    const hands = handsOf(words, at);
    this.#tellHandedOn(words, at, hands);
    const record = this.#find(words[at + FrameWord.destination] as number);
    if (record !== undefined) {
      record.handedOn ??= new HandedOn();
      record.handedOn.note(words, at, hands);
    }
    return withBodyFrom(words, at, frameHeaderBytes + 4 * (1 + hands.length));
  }

  #writeTo(link: Link, words: Uint32Array, at: number): boolean {
    if (!this.#hasRoom(link, words, at)) {
      const destination = formatAddress(words[at + FrameWord.destination] as ServiceAddress);
      const text =
        `link to the shard of ${destination} is full: ` +
        `${link.backlogBytes} of ${limits.linkBytesMax} bytes (linkBytesMax)`;
      this.#refuseOrReplace(words, at, ["LINK_FULL", text], (error) => {
        const hasRoom = this.#hasRoom(link, error, 0);
        if (hasRoom) link.write(error, 0, error[0] as number);
        return hasRoom;
      });
      return false;
    }
    link.write(words, at, words[at] as number);
    if (link.isCongested) this.congestedLink = link;
    return true;
  }

  #hasRoom(link: Link, words: Uint32Array, at: number): boolean {
    const bytes = link.backlogBytes + frameStride(words[at] as number);
    if (bytes <= limits.linkBytesMax) return true;
    return bytes <= withReserve(limits.linkBytesMax) && this.#mayUseReserve(words, at);
  }

  #refuseFull(record: ServiceRecord, words: Uint32Array, at: number): void {
    const { depthMax, bytesMax } = this.#parts.bounds;
    const { depth, bytes } = record.mailbox;
    const text =
      `mailbox of ${formatAddress(record.address)} is full: ` +
      `${depth} of ${depthMax} frames (mailboxDepthMax), ` +
      `${bytes} of ${bytesMax} bytes (mailboxBytesMax)`;
    this.#refuseOrReplace(words, at, ["MAILBOX_FULL", text], (error) =>
      this.#pushReserved(record, error, 0),
    );
  }

  /** Refuses a frame. A reply still ends its request: a small error goes in its place. */
  #refuseOrReplace(
    words: Uint32Array,
    at: number,
    [code, text]: [ErrorCode, string],
    put: (error: Uint32Array) => boolean,
  ): void {
    const session = words[at + FrameWord.session] as number;
    if (!isReply(words, at) || session === noSession) {
      this.refuse(words, at, code, text);
      return;
    }
    const source = words[at + FrameWord.source] as number;
    const destination = words[at + FrameWord.destination] as number;
    const error = makeFrame(
      MessageKind.error,
      { source, destination, session },
      encodeFault(code, text),
    );
    if (!put(error)) this.lostReplies++;
  }

  /**
   * Posts a frame sent to a name: takes the name off, resolves it, goes on as `post`. The source of
   * a request is told the address first (systemResolved).
   * A malformed name is answered with NAME_INVALID, one without owner with NAME_UNKNOWN. With a
   * `speaker`, as `postFor`.
   */
  postNamed(words: Uint32Array, at: number, speaker?: ServiceRecord): boolean {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, words[at]);
    const nameLength = bytes[frameHeaderBytes] ?? 0;
    const nameEnd = frameHeaderBytes + 1 + nameLength;
    // who refuses it, as long as nobody has the name
    words[at + FrameWord.destination] = kernelAddress;
    if (nameLength === 0 || nameLength > limits.nameBytesMax || nameEnd > bytes.length) {
      this.refuse(
        words,
        at,
        "NAME_INVALID",
        `a frame of ${bytes.length} bytes is sent to a name of ${nameLength} bytes; ` +
          `1 to ${limits.nameBytesMax} are allowed (nameBytesMax)`,
      );
      return false;
    }
    const name = readUtf8(bytes, frameHeaderBytes + 1, nameEnd);
    const address = this.#parts.names.resolve(name);
    if (address === undefined) {
      this.refuse(words, at, "NAME_UNKNOWN", `no service has the name ${name}`);
      return false;
    }
    const frame = withBodyFrom(words, at, nameEnd);
    frame[FrameWord.destination] = address;
    if (speaker !== undefined) return this.postFor(speaker, frame, 0);
    if (isRequest(frame, 0)) this.#tell(frame, 0, [systemResolved]);
    return this.post(frame, 0);
  }

  #tellHandedOn(request: Uint32Array, at: number, hands: readonly number[]): void {
    if (!this.#isAlive(request[at + FrameWord.source] as ServiceAddress)) return;
    this.#tell(request, at, [systemHandedOn, ...hands]);
  }

  /** Tells the source of a request something about it, in the name of its destination. */
  #tell(request: Uint32Array, at: number, words: readonly number[]): void {
    const ends = {
      source: request[at + FrameWord.destination] as number,
      destination: request[at + FrameWord.source] as number,
      session: request[at + FrameWord.session] as number,
    };
    const body = new Uint8Array(Uint32Array.from(words).buffer);
    this.post(makeFrame(MessageKind.system, ends, body), 0);
  }

  /** Answers a request with a fault from its destination; counts a one-way message as dropped. */
  refuse(
    words: Uint32Array,
    at: number,
    ...[code, text = errorCodes[code].text]: [ErrorCode, string?]
  ): void {
    if (!isRequest(words, at)) {
      this.dropped++;
      return;
    }
    if (((words[at + FrameWord.kindAndFlags] as number) & redirectedFlag) !== 0) {
      this.#tellHandedOn(words, at, handsOf(words, at));
    }
    const source = words[at + FrameWord.source] as ServiceAddress;
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    this.postError(destination, source, words[at + FrameWord.session] as number, code, text);
  }

  /** Posts an error frame. With session 0 it tells that `source` has ended. */
  postError(
    source: ServiceAddress,
    destination: ServiceAddress,
    session: number,
    ...[code, text]: [ErrorCode, string]
  ): void {
    this.postFault(source, destination, session, encodeFault(code, text));
  }

  /** As `postError`, with the fault packed already: for many destinations. */
  postFault(
    source: ServiceAddress,
    destination: ServiceAddress,
    session: number,
    fault: Uint8Array,
  ): void {
    if (!this.#isAlive(destination)) return;
    this.post(makeFrame(MessageKind.error, { source, destination, session }, fault), 0);
  }
}

/** From the host's socket service, in whose name no guest can speak. */
function isSocketEvent(words: Uint32Array, at: number): boolean {
  const kind = (words[at + FrameWord.kindAndFlags] as number) & 0xff;
  const source = words[at + FrameWord.source] as ServiceAddress;
  return kind === MessageKind.socket && localIdOf(source) === wellKnown.socket;
}

/**
 * The frame at word `at` as one of its own, without flags and without what stands before its body,
 * which starts at `bodyAt`.
 */
function withBodyFrom(words: Uint32Array, at: number, bodyAt: number): Uint32Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, words[at]);
  const length = frameHeaderBytes + bytes.length - bodyAt;
  const frame = new Uint32Array(frameStride(length) >>> 2);
  frame.set(words.subarray(at, at + frameHeaderWords));
  frame[FrameWord.length] = length;
  frame[FrameWord.kindAndFlags] = (frame[FrameWord.kindAndFlags] as number) & 0xff;
  new Uint8Array(frame.buffer, frameHeaderBytes).set(bytes.subarray(bodyAt));
  return frame;
}

/**
 * The frame at word `at` as one of its own, flagged, with those who had it before its body, and
 * their number before them.
 */
function withHands(words: Uint32Array, at: number, hands: readonly number[]): Uint32Array {
  const length = (words[at] as number) + 4 * (1 + hands.length);
  const frame = new Uint32Array(frameStride(length) >>> 2);
  const bodyAt = at + frameHeaderWords;
  frame.set(words.subarray(at, bodyAt));
  frame[FrameWord.length] = length;
  frame[FrameWord.kindAndFlags] = (frame[FrameWord.kindAndFlags] as number) | redirectedFlag;
  frame.set([hands.length, ...hands], frameHeaderWords);
  const end = at + (frameStride(words[at] as number) >>> 2);
  frame.set(words.subarray(bodyAt, end), frameHeaderWords + 1 + hands.length);
  return frame;
}

/** Who had a request that was handed on, the first one first: only routers write such a frame. */
function handsOf(words: Uint32Array, at: number): readonly number[] {
  const first = at + frameHeaderWords + 1;
  return [...words.subarray(first, first + (words[first - 1] as number))];
}

/** A frame of its own, with this body. */
export function makeFrame(
  kind: MessageKind,
  ends: { source: number; destination: number; session: number },
  body: Uint8Array,
): Uint32Array {
  const length = frameHeaderBytes + body.length;
  const frame = new Uint32Array(frameStride(length) >>> 2);
  frame[FrameWord.length] = length;
  frame[FrameWord.source] = ends.source;
  frame[FrameWord.destination] = ends.destination;
  frame[FrameWord.session] = ends.session;
  frame[FrameWord.kindAndFlags] = kind;
  new Uint8Array(frame.buffer, frameHeaderBytes).set(body);
  return frame;
}
