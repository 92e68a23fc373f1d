// Turn loop: reads the frames of one turn from the inbox and hands them to the dispatcher, in
// order.
// Guest (and host services). Entered by the host, which drains microtasks after each entry.
// Invariant: author code that a reply or a wake-up has set going goes on before the next message is
// handled: the loop leaves the turn at that point, and the host enters it again at once
// (`inboxRead`).

import { FrameFlag, frameHeaderBytes, FrameWord, frameStride } from "../wire/frame.ts";
import { MessageKind } from "../wire/message-kind.ts";
import {
  SafeUint8Array,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeSet as setBytes,
} from "../wire/primordials.ts";
import { controlBytes, ControlWord, inboxOffset } from "../wire/turn-memory.ts";
import type { Bridge } from "./bridge.ts";
import { copyBytes } from "./bytes.ts";
import { append } from "./containers.ts";
import type { Dispatcher, Incoming } from "./dispatcher.ts";
import type { Threads } from "./threads.ts";

/** A message that arrives in pieces. */
type Pieces = { readonly bodies: Uint8Array[]; bytes: number };

export class TurnLoop {
  readonly #control: Int32Array;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #mayPause: boolean;
  readonly #dispatcher: Dispatcher;
  readonly #threads: Threads;
  #pieces: Pieces | undefined;
  #interrupts = 0;
  readonly #message: Incoming;

  constructor(bridge: Bridge, dispatcher: Dispatcher, threads: Threads) {
    const { memory, layout } = bridge;
    this.#control = new Int32Array(memory, 0, controlBytes / 4);
    this.#words = new Uint32Array(memory, inboxOffset(), layout.inboxBytes / 4);
    this.#bytes = new SafeUint8Array(memory, inboxOffset(), layout.inboxBytes);
    this.#mayPause = bridge.mayPause;
    this.#dispatcher = dispatcher;
    this.#threads = threads;
    const bytes = this.#bytes;
    this.#message = { kind: 0, source: 0, session: 0, deadline: 0, bytes, from: 0, to: 0 };
  }

  /** Handles what is in the inbox, or the part of it before author code has to go on. */
  // hot: bench call
  readonly turn = (): void => {
    const control = this.#control;
    const threads = this.#threads;
    control[ControlWord.isEntered] = 1;
    threads.entry++;
    threads.hasResumed = false;
    if (control[ControlWord.interrupts] !== this.#interrupts) this.#recover();
    const length = control[ControlWord.inboxLength] as number;
    let offset = control[ControlWord.inboxRead] as number;
    while (offset < length) {
      const at = offset >>> 2;
      if (threads.hasResumed && this.#mayPause && !this.#goesOn(at)) break;
      offset += frameStride(this.#words[at] as number);
      // Before the frame is handled: an interrupt must not have it handled twice.
      control[ControlWord.inboxRead] = offset;
      this.#frame(at);
    }
    if (threads.hasResumed) threads.resumedAll();
    control[ControlWord.isEntered] = 0;
  };

  /** The entry before this one was cut off by the host. */
  #recover(): void {
    this.#interrupts = this.#control[ControlWord.interrupts] as number;
    this.#dispatcher.recover();
  }

  /** The frame lets author code go on, as those before it did: no handler starts for it. */
  #goesOn(at: number): boolean {
    const kind = (this.#words[at + FrameWord.kindAndFlags] as number) & 0xff;
    if (kind !== MessageKind.response && kind !== MessageKind.error) return false;
    return this.#dispatcher.isAwaited(this.#words[at + FrameWord.session] as number);
  }

  #frame(at: number): void {
    const words = this.#words;
    const message = this.#message;
    const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
    message.kind = kindAndFlags & 0xff;
    message.source = words[at + FrameWord.source] as number;
    message.session = words[at + FrameWord.session] as number;
    message.deadline = words[at + FrameWord.deadline] as number;
    message.bytes = this.#bytes;
    message.from = at * 4 + frameHeaderBytes;
    message.to = at * 4 + (words[at] as number);
    const isPiece = ((kindAndFlags >>> 8) & FrameFlag.more) !== 0;
    if ((isPiece || this.#pieces !== undefined) && !this.#completes(message, isPiece)) return;
    try {
      this.#dispatcher.dispatch(message);
    } catch (error) {
      this.#dispatcher.failed(message, error);
    }
  }

  /** Takes a piece; true when it was the last one and the message is whole. */
  #completes(message: Incoming, isPiece: boolean): boolean {
    this.#pieces ??= { bodies: [], bytes: 0 };
    const pieces = this.#pieces;
    append(pieces.bodies, copyBytes(message.bytes, message.from, message.to));
    pieces.bytes += message.to - message.from;
    if (isPiece) return false;
    this.#pieces = undefined;
    message.bytes = joined(pieces);
    message.from = 0;
    message.to = pieces.bytes;
    return true;
  }
}

function joined({ bodies, bytes }: Pieces): Uint8Array {
  const whole = new SafeUint8Array(bytes);
  let at = 0;
  for (let index = 0; index < bodies.length; index++) {
    const body = bodies[index] as Uint8Array;
    setBytes(whole, body, at);
    at += lengthOf(body);
  }
  return whole;
}
