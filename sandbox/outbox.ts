// Outbox: writes frames into the service's turn memory, where its shard reads them after the turn.
// Guest (and host services). Fed by every file that sends; drained by the host.
// Invariant: `control[outboxLength]` covers whole frames only, so what an interrupt cuts off is
// never read.

import { CodedError } from "../wire/coded-error.ts";
import { encode, encodeInto } from "../wire/codec.ts";
import { errorCodeOf } from "../wire/error-codes.ts";
import { FrameFlag, frameHeaderBytes, FrameWord, frameStride } from "../wire/frame.ts";
import { limits } from "../wire/limits.ts";
import { MessageKind } from "../wire/message-kind.ts";
import {
  MathMin,
  SafeUint8Array,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeSet as setBytes,
} from "../wire/primordials.ts";
import { SystemCommand } from "../wire/system-command.ts";
import { controlBytes, ControlWord, outboxOffset } from "../wire/turn-memory.ts";
import { writeUtf8 } from "../wire/utf8.ts";
import type { Bridge } from "./bridge.ts";
import { copyBytes, putBytes } from "./bytes.ts";
import { append } from "./containers.ts";

/**
 * What the header of a frame says. A destination that is text is a name, resolved by the router.
 */
export type OutFrame = {
  destination: number | string;
  session: number;
  kind: number;
  /** Ticks of the host's clock modulo 2^32; 0: none. */
  deadline: number;
  /** 0: own address; else the service in whose name this is sent (redirect). */
  source: number;
};

const reserveBytes = 64 + limits.faultTextBytesMax + 128; // one error at its longest

export class Outbox {
  readonly #control: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** Bytes for what authors send. */
  readonly #capacity: number;
  /**
   * All bytes: errors and the end of the service are told even when authors have sent their share.
   */
  readonly #capacityOfAll: number;
  readonly #flush: () => number;
  readonly #onWrite: (() => void) | undefined;
  /**
   * Values are being packed into the outbox: what a getter of theirs sends must not go in between.
   */
  #isPacking = false;
  /** What was sent meanwhile. */
  #queued: (() => void)[] = [];
  messageBytesMax: number = limits.messageBytesMax;

  constructor(bridge: Bridge) {
    const { memory, layout } = bridge;
    this.#control = new Int32Array(memory, 0, controlBytes / 4);
    this.#words = new Uint32Array(memory, outboxOffset(layout), layout.outboxBytes / 4);
    this.#bytes = new SafeUint8Array(memory, outboxOffset(layout), layout.outboxBytes);
    this.#capacityOfAll = layout.outboxBytes;
    this.#capacity = layout.outboxBytes - MathMin(reserveBytes, layout.outboxBytes >>> 2);
    this.#flush = bridge.flush;
    this.#onWrite = bridge.onWrite;
  }

  /** Fails with PACK_UNSUPPORTED, PACK_TOO_DEEP, MESSAGE_TOO_LARGE, OUTBOX_FULL. */
  // hot: bench call
  writeValues(frame: OutFrame, values: readonly unknown[]): void {
    const start = this.#control[ControlWord.outboxLength] as number;
    const bodyAt = this.#isPacking ? -1 : this.#nameEnd(frame, start + frameHeaderBytes);
    const end = bodyAt < 0 ? -1 : this.#pack(values, bodyAt);
    const fits = end >= 0 && end <= this.#capacity && end - start <= this.messageBytesMax;
    if (fits && this.#queued.length === 0) this.#close(frame, start, end);
    else this.#writeOtherwise(frame, values, { fits, bodyAt, end });
  }

  #pack(values: readonly unknown[], at: number): number {
    this.#isPacking = true;
    let end: number;
    try {
      end = encodeInto(values, this.#bytes, at);
    } catch (error) {
      this.#isPacking = false;
      this.#writeQueued();
      throw error;
    }
    this.#isPacking = false;
    return end;
  }

  /**
   * The values did not fit where they are, or a getter of theirs has sent something before them.
   */
  #writeOtherwise(
    frame: OutFrame,
    values: readonly unknown[],
    packed: { readonly fits: boolean; readonly bodyAt: number; readonly end: number },
  ): void {
    const body = packed.fits
      ? copyBytes(this.#bytes, packed.bodyAt, packed.end)
      : encode(values, this.messageBytesMax - frameHeaderBytes);
    if (!this.#isPacking) this.#writeQueued();
    this.writeBody(frame, body);
  }

  #writeQueued(): void {
    const queued = this.#queued;
    if (queued.length === 0) return;
    this.#queued = [];
    for (let index = 0; index < queued.length; index++) (queued[index] as () => void)();
  }

  /** After an interrupt: what was being written is void. */
  recover(): void {
    this.#isPacking = false;
    this.#queued = [];
  }

  /** Fails with MESSAGE_TOO_LARGE, OUTBOX_FULL. */
  writeBody(frame: OutFrame, body: Uint8Array): void {
    const size = lengthOf(body);
    const total = frameHeaderBytes + size;
    if (total > this.messageBytesMax) {
      throw new CodedError(
        "MESSAGE_TOO_LARGE",
        `a message of ${total} bytes; ${this.messageBytesMax} are allowed (messageBytesMax)`,
      );
    }
    if (this.#isPacking) {
      const own = copyBytes(body, 0, size);
      append(this.#queued, () => this.writeBody(frame, own));
      return;
    }
    const nameRoom = typeof frame.destination === "string" ? limits.nameBytesMax + 1 : 0;
    const capacity = frame.kind === MessageKind.error ? this.#capacityOfAll : this.#capacity;
    let start = this.#control[ControlWord.outboxLength] as number;
    if (start + total + nameRoom > capacity) {
      this.#makeRoom();
      start = 0;
    }
    const bodyAt = this.#nameEnd(frame, start + frameHeaderBytes);
    if (bodyAt + size > capacity) {
      this.#writePieces(frame, body, bodyAt);
      return;
    }
    setBytes(this.#bytes, body, bodyAt);
    this.#close(frame, start, bodyAt + size);
  }

  /** Writes what nobody can be told of when it does not fit: the outbox is full. */
  tryBody(frame: OutFrame, body: Uint8Array): void {
    try {
      this.writeBody(frame, body);
    } catch {
      // The turn is over its share, which the host reports.
    }
  }

  /** A system command to the kernel of the shard (wire/system-command.ts). */
  writeCommand(opcode: number, session: number, operand: number, extra?: Uint8Array): void {
    if (this.#isPacking) {
      append(this.#queued, () => this.writeCommand(opcode, session, operand, extra));
      return;
    }
    const length = frameHeaderBytes + 4 + (extra === undefined ? 0 : lengthOf(extra));
    let start = this.#control[ControlWord.outboxLength] as number;
    const isVital = opcode <= SystemCommand.failed && opcode >= SystemCommand.exit;
    if (start + length > (isVital ? this.#capacityOfAll : this.#capacity)) {
      this.#makeRoom();
      start = 0;
    }
    const frame = {
      destination: 0,
      session,
      kind: MessageKind.system,
      deadline: operand,
      source: 0,
    };
    this.#words[(start + frameHeaderBytes) >>> 2] = opcode;
    if (extra !== undefined) setBytes(this.#bytes, extra, start + frameHeaderBytes + 4);
    this.#close(frame, start, start + length);
  }

  /**
   * Writes the name of a frame sent to one at `at`; returns where the body begins, or -1 without
   * room.
   */
  #nameEnd(frame: OutFrame, at: number): number {
    const { destination } = frame;
    if (at > this.#capacityOfAll) return -1;
    if (typeof destination === "number") return at;
    const end = writeUtf8(destination, this.#bytes, at + 1);
    if (end < 0) return -1;
    const length = end - at - 1;
    if (length === 0 || length > limits.nameBytesMax) {
      throw new CodedError(
        "NAME_INVALID",
        `a name of ${length} bytes; 1 to ${limits.nameBytesMax} are allowed (nameBytesMax)`,
      );
    }
    this.#bytes[at] = length;
    return end;
  }

  #close(frame: OutFrame, start: number, end: number, more = 0): void {
    const words = this.#words;
    const at = start >>> 2;
    const { destination, source } = frame;
    let flags = more;
    if (source !== 0) flags |= FrameFlag.redirected;
    words[at] = end - start;
    words[at + FrameWord.source] = source;
    if (typeof destination === "number") {
      words[at + FrameWord.destination] = destination;
    } else {
      words[at + FrameWord.destination] = 0;
      flags |= FrameFlag.named;
    }
    words[at + FrameWord.session] = frame.session;
    words[at + FrameWord.kindAndFlags] = frame.kind | (flags << 8);
    words[at + FrameWord.deadline] = frame.deadline;
    this.#control[ControlWord.outboxLength] = start + frameStride(end - start);
    if (this.#onWrite !== undefined) this.#onWrite();
  }

  /**
   * A message larger than the outbox, a piece for each time it is full. The name is in the first
   * piece.
   */
  #writePieces(frame: OutFrame, body: Uint8Array, bodyAt: number): void {
    const total = lengthOf(body);
    let sent = 0;
    let at = bodyAt;
    while (sent < total) {
      const size = MathMin(total - sent, this.#capacity - at);
      putBytes(this.#bytes, at, body, { from: sent, to: sent + size });
      sent += size;
      this.#close(frame, 0, at + size, sent < total ? FrameFlag.more : 0);
      if (sent < total) this.#makeRoom();
      at = frameHeaderBytes;
    }
  }

  #makeRoom(): void {
    const failure = this.#flush();
    if (failure !== 0) {
      throw new CodedError(
        errorCodeOf(failure),
        `the service sent over ${limits.turnSendBytesMax} bytes in one turn (turnSendBytesMax)`,
      );
    }
    // A host that stops has not read it: what does not fit is lost, as the service is.
    this.#control[ControlWord.outboxLength] = 0;
  }
}
