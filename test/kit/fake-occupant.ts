// Fake occupant: a service for tests that reads its inbox and writes its outbox as a guest's
// runtime does.
// Tests only. Entered by a real kernel; what it does with a frame is the test's own function.
// Invariant: large messages are cut and joined here, so that a test sees messages whole.

import type { Occupant, TurnResult } from "../../src/kernel/occupant.ts";
import { TurnMemory, turnCompleted } from "../../src/kernel/occupant.ts";
import { FrameFlag, frameHeaderBytes, frameStride } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import type { SystemCommand } from "../../wire/system-command.ts";
import { ControlWord, turnMemoryBytes, type TurnMemoryLayout } from "../../wire/turn-memory.ts";
import {
  commandBody,
  frame,
  joinBodies,
  readFrames,
  type FrameFields,
  type SeenFrame,
} from "./frames.ts";

export const smallLayout: TurnMemoryLayout = { inboxBytes: 4096, outboxBytes: 4096 };

export type OnFrame = (seen: SeenFrame, self: FakeOccupant) => void;

export class FakeOccupant implements Occupant {
  readonly memory: TurnMemory;
  /** Every message so far, whole, without the start message. */
  readonly received: SeenFrame[] = [];
  /** What the next turns return; completed when there is none left. */
  readonly results: TurnResult[] = [];
  /** CPU time of the service, for tests that tell it from the clock. */
  cpuMs?: () => number;
  /** Called when the outbox is full, in the middle of a turn. */
  onFlush: () => number = () => 0;
  turns = 0;
  /** Whole messages so far, the start message included. */
  messages = 0;
  readonly #onFrame: OnFrame;
  #pieces: SeenFrame[] = [];

  constructor(onFrame: OnFrame = () => {}, layout: TurnMemoryLayout = smallLayout) {
    this.#onFrame = onFrame;
    this.memory = new TurnMemory(new SharedArrayBuffer(turnMemoryBytes(layout)), layout);
  }

  /**
   * An interruption comes after the frame in which it was added to `results`, or after the first.
   */
  turn(): TurnResult {
    this.turns++;
    const { inbox, control } = this.memory;
    control[ControlWord.inboxRead] = 0;
    for (const seen of readFrames(inbox, control[ControlWord.inboxLength] as number)) {
      if ((control[ControlWord.inboxRead] as number) > 0 && this.#isInterrupted) break;
      control[ControlWord.inboxRead] =
        (control[ControlWord.inboxRead] as number) + frameStride(seen.length);
      const whole = this.#join(seen);
      if (whole === undefined) continue;
      this.messages++;
      if (whole.kind === MessageKind.system && whole.source === 0) continue;
      this.received.push(whole);
      this.#onFrame(whole, this);
    }
    return this.results.shift() ?? turnCompleted;
  }

  /**
   * Writes a message into the outbox, in pieces when it is larger. Returns 0, or why it was
   * refused.
   */
  send(fields: FrameFields): number {
    const words = frame(fields);
    const length = words[0] as number;
    const room = this.memory.layout.outboxBytes;
    if (frameStride(length) <= room) return this.#write(words);
    const body = new Uint8Array(words.buffer, frameHeaderBytes, length - frameHeaderBytes);
    const pieceBytes = room - frameHeaderBytes;
    let flushed = 0;
    for (let from = 0; from < body.length && flushed === 0; from += pieceBytes) {
      const isLast = from + pieceBytes >= body.length;
      const flags = (fields.flags ?? 0) | (isLast ? 0 : FrameFlag.more);
      flushed = this.#write(
        frame({ ...fields, flags, body: body.subarray(from, from + pieceBytes) }),
      );
    }
    return flushed;
  }

  /** Writes a system command: `operand` goes into the deadline word. */
  command(
    opcode: (typeof SystemCommand)[keyof typeof SystemCommand],
    fields: {
      readonly session?: number;
      readonly operand?: number;
      readonly rest?: Uint8Array;
    } = {},
  ): void {
    this.send({
      kind: MessageKind.system,
      session: fields.session ?? 0,
      deadline: fields.operand ?? 0,
      body: commandBody(opcode, fields.rest),
    });
  }

  /** Puts these words into the outbox as they are; `bytes` is the length the guest claims. */
  writeRaw(words: ArrayLike<number>, bytes = words.length * 4): void {
    this.memory.outbox.set(words);
    this.memory.control[ControlWord.outboxLength] = bytes;
  }

  get #isInterrupted(): boolean {
    return this.results[0]?.kind === "interrupted";
  }

  #write(words: Uint32Array): number {
    const { control, outbox } = this.memory;
    const isFull =
      (control[ControlWord.outboxLength] as number) + words.length * 4 > outbox.byteLength;
    const flushed = isFull ? this.onFlush() : 0;
    if (flushed !== 0) return flushed;
    const at = control[ControlWord.outboxLength] as number;
    if (at + words.length * 4 > outbox.byteLength) throw new Error("nobody reads this outbox");
    outbox.set(words, at >>> 2);
    control[ControlWord.outboxLength] = at + words.length * 4;
    return 0;
  }

  #join(seen: SeenFrame): SeenFrame | undefined {
    const hasMore = (seen.flags & FrameFlag.more) !== 0;
    if (!hasMore && this.#pieces.length === 0) return seen;
    this.#pieces.push(seen);
    if (hasMore) return undefined;
    const body = joinBodies(this.#pieces);
    this.#pieces = [];
    return { ...seen, length: frameHeaderBytes + body.length, body };
  }
}
