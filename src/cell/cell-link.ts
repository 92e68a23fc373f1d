// Cell link: what passes between the host's main thread and one cell, in both directions.
// Main thread. The cell's process may be in the hands of a stranger: nothing it says is believed.
// Invariant: a frame from a cell has a source that lives there, and goes where that one may send
// to; a reply goes to one who asked.

import { makeAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import {
  FrameFlag,
  frameHeaderBytes,
  frameHeaderWords,
  frameStride,
  FrameWord,
  isReply,
  isRequest,
} from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession } from "../../wire/session.ts";
import { systemHandedOn } from "../../wire/system-command.ts";
import { Callers } from "../kernel/callers.ts";
import type { Refusal } from "../kernel/permits.ts";
import { PipeReader, PipeWriter, type ByteSink } from "../link/pipe.ts";
import type { OutgoingLink } from "../shard/shard-links.ts";
import type { Shard } from "../shard/shard.ts";
import { isPulse, readPulse, type CellPulse } from "./pulse.ts";
import { Trail } from "./trail.ts";

/** What the node keeps of one service in a cell. */
export type CellService = {
  readonly owner: string;
  readonly callers: Callers;
  readonly trail: Trail;
  /** Some of its callers have asked it in another cell. */
  readonly hasMoved: boolean;
};

/** Undefined: the frame at word `at` may go where its source sends it. */
export type Guard = (source: ServiceAddress, words: Uint32Array, at: number) => Refusal | undefined;

export type CellLinkParts = {
  readonly shard: Shard;
  readonly place: number;
  readonly control: ServiceAddress;
  /** What the source's launch does not allow. */
  readonly guard: Guard;
  readonly sink: ByteSink;
  readonly onPulse: (pulse: CellPulse) => void;
  /** The cell broke the frame format: it is not ours any more. */
  readonly onBroken: (what: string) => void;
};

const frameSlackBytes = 1024; // a name before the body
const redirectedFlag = FrameFlag.redirected << 8;
const handsEndMax = frameHeaderWords + 1 + limits.handsMax;
const handedOnBytesMin = 8; // the opcode, and who had the request

export class CellLink implements OutgoingLink {
  readonly #parts: CellLinkParts;
  readonly #pipe: PipeWriter;
  readonly reader: PipeReader;
  readonly #isAlive: (address: ServiceAddress) => boolean;
  /** Services of the cell, each with who waits on it; the control service too. */
  readonly services = new Map<ServiceAddress, CellService>();
  /** Frames of the cell that were dropped because they could not be true. */
  refused = 0;

  constructor(parts: CellLinkParts) {
    this.#parts = parts;
    const { directory, options } = parts.shard;
    this.#pipe = new PipeWriter(parts.sink);
    this.reader = new PipeReader(options.messageBytesMax + frameSlackBytes, parts.onBroken);
    this.#isAlive = (address) => directory.shardOf(address) >= 0;
    this.join(parts.control, "");
  }

  /** Services of the cell besides its control service. */
  get guests(): number {
    return this.services.size - 1;
  }

  get backlogBytes(): number {
    return this.#pipe.backlogBytes;
  }

  get isCongested(): boolean {
    return this.#pipe.isCongested;
  }

  get hasBacklog(): boolean {
    return this.#pipe.hasBacklog;
  }

  pump(): boolean {
    return this.#pipe.pump();
  }

  /** The service is about to be created there; `before`: what was kept of it in another cell. */
  join(address: ServiceAddress, owner: string, before?: CellService): void {
    const { callers = new Callers(), trail = new Trail() } = before ?? {};
    this.services.set(address, { owner, callers, trail, hasMoved: before !== undefined });
  }

  /** Sends what is for the cell's loop and for no service. */
  writePlain(frame: Uint32Array): void {
    this.#pipe.write(frame, 0, frame[0] as number);
    this.#pipe.pump();
  }

  write(words: Uint32Array, at: number, length: number): void {
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    const source = words[at + FrameWord.source] as ServiceAddress;
    const { control, shard } = this.#parts;
    if (destination === control && !shard.directory.isHost(source)) {
      shard.kernel.router.refuse(words, at, "NOT_PERMITTED", "a cell obeys its host only");
      return;
    }
    const service = this.services.get(destination);
    if (service !== undefined) {
      service.trail.note(words, at);
      if (isRequest(words, at)) service.callers.note(source, this.#isAlive);
    }
    if (((words[at + FrameWord.kindAndFlags] as number) & redirectedFlag) === 0) {
      this.#pipe.write(words, at, length);
      return;
    }
    // The answer leaves from here as far as the others can tell: the caller hears it here.
    const plain = shard.kernel.router.unwrapHandedOn(words, at);
    this.#pipe.write(plain, 0, plain[0] as number);
  }

  /** Takes one frame from the cell. */
  readonly onFrame = (words: Uint32Array, at: number): void => {
    if (isPulse(words, at)) {
      this.#parts.onPulse(readPulse(words, at));
      return;
    }
    const source = words[at + FrameWord.source] as ServiceAddress;
    const callers = this.services.get(source)?.callers;
    const isTrue =
      callers !== undefined && (this.#movesRequest(words, at) || mayPass(words, at, callers));
    if (!isTrue || (source === this.#parts.control && !this.#mayControl(words, at))) {
      this.refused++;
      return;
    }
    const { router } = this.#parts.shard.kernel;
    const refusal = this.#refusal(source, words, at);
    if (refusal !== undefined) {
      this.refused++;
      router.refuse(words, at, refusal.code, refusal.text);
      return;
    }
    const flags = (words[at + FrameWord.kindAndFlags] as number) >>> 8;
    if (flags === 0) router.post(words, at);
    else router.postNamed(words, at);
  };

  #refusal(source: ServiceAddress, words: Uint32Array, at: number): Refusal | undefined {
    const kind = (words[at + FrameWord.kindAndFlags] as number) & 0xff;
    const isChecked = source !== this.#parts.control && kind !== MessageKind.system;
    return isChecked ? this.#parts.guard(source, words, at) : undefined;
  }

  /**
   * A service of the cell has handed the request of a caller on to another one there, which may
   * answer it from here on.
   */
  #movesRequest(words: Uint32Array, at: number): boolean {
    const isNews =
      words[at + FrameWord.kindAndFlags] === MessageKind.system &&
      (words[at] as number) >= frameHeaderBytes + handedOnBytesMin &&
      words[at + frameHeaderWords] === systemHandedOn;
    if (!isNews) return false;
    const caller = words[at + FrameWord.destination] as ServiceAddress;
    const end = at + (frameStride(words[at] as number) >>> 2);
    const hands = words.subarray(at + frameHeaderWords + 1, Math.min(end, at + handsEndMax));
    const had = (from: number): boolean =>
      this.services.get(from as ServiceAddress)?.callers.has(caller) === true;
    if (!hands.some(had)) return false;
    const source = words[at + FrameWord.source] as ServiceAddress;
    this.services.get(source)?.callers.note(caller, this.#isAlive);
    return true;
  }

  /** The control service speaks to the host's, writes log lines, and answers; nothing else. */
  #mayControl(words: Uint32Array, at: number): boolean {
    const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    const { node } = this.#parts.shard.options;
    if (kindAndFlags === MessageKind.lua) {
      return destination === makeAddress(node, wellKnown.shardControl);
    }
    if (kindAndFlags === MessageKind.text)
      return destination === makeAddress(node, wellKnown.logger);
    return isReply(words, at);
  }

  /** Tells everyone who waits on this service that it has ended. */
  answerCallers(address: ServiceAddress, fault: Uint8Array): void {
    const service = this.services.get(address);
    if (service === undefined) return;
    const { router } = this.#parts.shard.kernel;
    for (const caller of service.callers.addresses)
      router.postFault(address, caller, noSession, fault);
  }
}

/** A reply goes to one who asked; nobody speaks as a kernel; a name is the only flag there is. */
function mayPass(words: Uint32Array, at: number, callers: Callers): boolean {
  const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
  const flags = kindAndFlags >>> 8;
  if ((kindAndFlags & 0xff) === MessageKind.system) return false;
  if (flags !== 0 && flags !== FrameFlag.named) return false;
  if (!isReply(words, at) || words[at + FrameWord.session] === noSession) return true;
  return flags === 0 && callers.has(words[at + FrameWord.destination] as number);
}
