// Tracer: follows one request through services: a tag that travels with messages, a log line for
// each step.
// Guest (and host services). Asked by calls.ts and dispatcher.ts when any tracing is on
// (skynet.trace, reference §12.4).
// Invariant: a tag that arrives belongs to the next message from the same source.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { SafeUint8Array } from "../wire/primordials.ts";
import { readUtf8, writeUtf8 } from "../wire/utf8.ts";
import { copyBytes } from "./bytes.ts";
import type { GuestClock } from "./clock.ts";
import { OwnMap } from "./containers.ts";
import type { Log } from "./log.ts";
import type { Outbox, OutFrame } from "./outbox.ts";
import { textOf } from "./target.ts";
import type { Thread } from "./thread.ts";

const tagBytesMax = 64;
const arrivedMax = 1024; // tags whose message has not come

export class Tracer {
  /** False until the first tag: tracing costs nothing before. */
  isOn = false;
  address = 0;
  readonly #outbox: Outbox;
  readonly #log: Log;
  readonly #clock: GuestClock;
  readonly #arrived = new OwnMap<number, string>();
  #lastTag = 0;

  constructor(outbox: Outbox, log: Log, clock: GuestClock) {
    this.#outbox = outbox;
    this.#log = log;
    this.#clock = clock;
  }

  /** Gives the thread a tag of its own (skynet.trace). */
  tag(thread: Thread, info: string): string {
    this.isOn = true;
    if (thread.traceTag !== undefined) this.step(thread, `trace off ${info}`);
    thread.traceTag = `${formatAddress(this.address as ServiceAddress)}-${++this.#lastTag}`;
    this.step(thread, info === "" ? "trace" : `trace ${info}`);
    return thread.traceTag;
  }

  /** Sends the tag of the thread ahead of its message. */
  passOn(thread: Thread | undefined, frame: OutFrame, event: string): void {
    if (thread?.traceTag === undefined) return;
    const { kind, session } = frame;
    this.step(thread, `${event} ${textOf(frame.destination)} kind ${kind} session ${session}`);
    const body = new SafeUint8Array(tagBytesMax);
    const end = writeUtf8(thread.traceTag, body, 0);
    const { destination } = frame;
    const ahead = { destination, session: 0, kind: MessageKind.trace, deadline: 0, source: 0 };
    if (end > 0) this.#outbox.writeBody(ahead, copyBytes(body, 0, end));
  }

  /** A tag came in: the next message from this source carries it. */
  arrived(source: number, bytes: Uint8Array, from: number, to: number): void {
    if (to - from > tagBytesMax || this.#arrived.size >= arrivedMax) return;
    this.isOn = true;
    this.#arrived.set(source, readUtf8(bytes, from, to));
  }

  /**
   * Gives a new thread the tag that came ahead of its message, or one of its own when its protocol
   * is traced.
   */
  adopt(thread: Thread, mode: boolean | undefined): void {
    const tag = this.#arrived.get(thread.source);
    if (tag !== undefined) this.#arrived.delete(thread.source);
    if (mode === false) return;
    if (tag !== undefined) {
      thread.traceTag = tag;
      this.step(thread, `request kind ${thread.kind}`);
    } else if (mode === true) {
      this.tag(thread, `request kind ${thread.kind}`);
    }
  }

  /** Writes a step of a tagged thread to the log, in Skynet's form. */
  step(thread: Thread, event: string): void {
    if (thread.traceTag === undefined) return;
    const { traceTag, session, source } = thread;
    const within = `(session ${session} from ${textOf(source)})`;
    this.#log.write("info", `<TRACE ${traceTag}> ${this.#clock.nanoseconds()} ${event} ${within}`);
  }
}
