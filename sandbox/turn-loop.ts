// Turn loop: reads the frames of one turn from the inbox and hands them to the dispatcher, in
// order.
// Guest (and host services). Entered by the host, which drains microtasks after each entry.
// Invariant: author code that a reply or a wake-up has set going goes on before the next message is
// handled: the loop leaves the turn at that point, and the host enters it again at once
// (`inboxRead`).

import { FrameFlag, frameHeaderBytes, FrameWord, frameStride } from "../wire/frame.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { controlBytes, ControlWord, inboxOffset } from "../wire/turn-memory.ts";
import type { Bridge } from "./bridge.ts";
import type { Dispatcher, Incoming } from "./dispatcher.ts";
import { append, Bytes, setBytes } from "./primordials.ts";
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
  readonly #message: Incoming;

  constructor(bridge: Bridge, dispatcher: Dispatcher, threads: Threads) {
    const { memory, layout } = bridge;
    this.#control = new Int32Array(memory, 0, controlBytes / 4);
    this.#words = new Uint32Array(memory, inboxOffset(), layout.inboxBytes / 4);
    this.#bytes = new Bytes(memory, inboxOffset(), layout.inboxBytes);
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
    const length = control[ControlWord.inboxLength] as number;
    let offset = control[ControlWord.inboxRead] as number;
    let hasResumed = false;
    while (offset < length) {
      const at = offset >>> 2;
      const next = offset + frameStride(this.#words[at] as number);
      if (
        hasResumed &&
        this.#mayPause &&
        !isReplyKind(this.#words[at + FrameWord.kindAndFlags] as number)
      ) {
        break;
      }
      // Before the frame is handled: an interrupt must not have it handled twice.
      control[ControlWord.inboxRead] = next;
      if (this.#frame(at)) hasResumed = true;
      offset = next;
    }
    if (hasResumed) this.#threads.resumedAll();
    control[ControlWord.suspended] = this.#threads.live.size;
  };

  #frame(at: number): boolean {
    const words = this.#words;
    const message = this.#message;
    const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
    message.kind = kindAndFlags & 0xff;
    message.source = words[at + FrameWord.source] as number;
    message.session = words[at + FrameWord.session] as number;
    message.deadline = words[at + FrameWord.deadline] as number;
    message.from = at * 4 + frameHeaderBytes;
    message.to = at * 4 + (words[at] as number);
    const isPiece = ((kindAndFlags >>> 8) & FrameFlag.more) !== 0;
    if (!isPiece && this.#pieces === undefined) {
      message.bytes = this.#bytes;
      return this.#dispatcher.dispatch(message);
    }
    return this.#piece(message, isPiece);
  }

  #piece(message: Incoming, isPiece: boolean): boolean {
    this.#pieces ??= { bodies: [], bytes: 0 };
    const pieces = this.#pieces;
    const size = message.to - message.from;
    const body = new Bytes(size);
    for (let index = 0; index < size; index++)
      body[index] = this.#bytes[message.from + index] as number;
    append(pieces.bodies, body);
    pieces.bytes += size;
    if (isPiece) return false;
    this.#pieces = undefined;
    message.bytes = joined(pieces);
    message.from = 0;
    message.to = pieces.bytes;
    return this.#dispatcher.dispatch(message);
  }
}

function isReplyKind(kindAndFlags: number): boolean {
  const kind = kindAndFlags & 0xff;
  return kind === MessageKind.response || kind === MessageKind.error;
}

function joined({ bodies, bytes }: Pieces): Uint8Array {
  const whole = new Bytes(bytes);
  let at = 0;
  for (let index = 0; index < bodies.length; index++) {
    const body = bodies[index] as Uint8Array;
    setBytes(whole, body, at);
    at += body.length;
  }
  return whole;
}
