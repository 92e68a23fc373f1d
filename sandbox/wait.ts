// Wait: one thing a service waits for, under its session number: a reply, a timer, a wake-up.
// Guest (and host services). Made by calls.ts and timers.ts, kept by waits.ts.
// Invariant: a wait for a reply is also the frame of its request: what was asked of whom is in one
// place.

import { decode } from "../wire/codec.ts";
import type { OutFrame } from "./outbox.ts";
import { textOf } from "./target.ts";
import type { Thread } from "./thread.ts";

/** What becomes of a reply's body, in [from, to) of the bytes. */
export type BodyReader = (bytes: Uint8Array, from: number, to: number) => unknown;

export type Settle = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** V8's own function that fulfills the promise: who awaits that is found by it. */
  readonly settler: (value: unknown) => void;
};

export class Wait implements OutFrame {
  destination: number | string;
  session = 0;
  readonly kind: number;
  deadline = 0;
  readonly source = 0;
  /** Service whose end fails it; 0: nobody's, or not known yet. */
  callee = 0;
  /** The name that `callee` had. */
  name = "";
  /** The thread that hangs on it, or that it starts; undefined when nobody knows. */
  readonly thread: Thread | undefined;
  /** Author code goes on when it is settled; else the runtime does something of its own then. */
  readonly isAwaited: boolean;
  readonly sinceTick: number;
  readonly reader: BodyReader;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** V8's own function that fulfills the promise: who awaits it is found by it. */
  readonly settler: (value: unknown) => void;

  constructor(
    parts: {
      destination: number | string;
      kind: number;
      thread: Thread | undefined;
      isAwaited: boolean;
      sinceTick: number;
    },
    reader: BodyReader,
    settle: Settle,
  ) {
    this.destination = parts.destination;
    this.kind = parts.kind;
    this.thread = parts.thread;
    this.isAwaited = parts.isAwaited;
    this.sinceTick = parts.sinceTick;
    this.reader = reader;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
    this.settler = settle.settler;
  }

  /** For people: "call .world kind 10". */
  get what(): string {
    if (this.destination === 0) return "timer or wake-up";
    return `call ${textOf(this.name === "" ? this.destination : this.name)} kind ${this.kind}`;
  }

  /** For people: "call .world kind 10 session 33". */
  toString(): string {
    return `${this.what} session ${this.session}`;
  }
}

/** The one value, undefined for none, the list of several. */
export function readValue(bytes: Uint8Array, from: number, to: number): unknown {
  const values = decode(bytes, from, to);
  return values.length < 2 ? values[0] : values;
}
