// Replies: answers the request that a thread handles: now, later, or not at all.
// Guest (and host services). Used by api.ts and dispatcher.ts (skynet.ret, response, ignoreret:
// reference §2.5).
// Invariant: a request gets one reply; a thread that took another way of replying cannot reply any
// more.

import { CodedError } from "../wire/coded-error.ts";
import type { ErrorCode } from "../wire/error-codes.ts";
import { encodeFault } from "../wire/fault.ts";
import { MessageKind } from "../wire/message-kind.ts";
import type { Outbox, OutFrame } from "./outbox.ts";
import { Bytes, SafeSet } from "./primordials.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";

/** A reply that is owed outside a thread. */
type Deferred = { readonly source: number; readonly session: number; isWanted: boolean };

export type ResponseFunction = {
  (ok: boolean, ...values: readonly unknown[]): boolean;
  isWanted(): boolean;
};

const noBody = new Bytes(0);
const noop: ResponseFunction = Object.assign(() => false, { isWanted: () => false });

export class Replies {
  readonly #outbox: Outbox;
  readonly #threads: Threads;
  readonly #deferred = new SafeSet<Deferred>();

  constructor(outbox: Outbox, threads: Threads) {
    this.#outbox = outbox;
    this.#threads = threads;
  }

  /** Fails with NO_SESSION. */
  #take(what: string): Thread {
    const thread = this.#threads.running();
    if (thread !== undefined && (thread.duty === "owed" || thread.duty === "one-way"))
      return thread;
    const why = {
      none: "the running thread handles no message",
      replied: "the request has been replied to",
      taken: "response() or ignoreRet() took the reply over",
    };
    const duty = thread === undefined ? "none" : thread.duty;
    throw new CodedError("NO_SESSION", `${what}: ${why[duty as keyof typeof why]}`);
  }

  /** Replies with a body that is packed already. False: nobody waits for it. */
  ret(body: Uint8Array = noBody): boolean {
    return this.#settle(this.#take("ret"), (frame) => this.#outbox.writeBody(frame, body));
  }

  retPack(values: readonly unknown[]): boolean {
    return this.#settle(this.#take("retPack"), (frame) => this.#outbox.writeValues(frame, values));
  }

  ignoreRet(): void {
    this.#take("ignoreRet").duty = "taken";
  }

  #settle(thread: Thread, write: (frame: OutFrame) => void): boolean {
    const isWanted = thread.duty === "owed" && !thread.isRequesterDead;
    thread.duty = "replied";
    if (!isWanted) return false;
    try {
      write(replyFrame(thread));
    } catch (error) {
      this.fault(thread, faultCode(error), messageOf(error));
      throw error;
    }
    return true;
  }

  /** What a command returned, unless its thread has replied otherwise. */
  // hot: bench call
  value(thread: Thread, value: unknown): void {
    if (thread.duty !== "owed") return;
    thread.duty = "replied";
    if (thread.isRequesterDead) return;
    const frame = replyFrame(thread);
    try {
      if (value === undefined) this.#outbox.writeBody(frame, noBody);
      else this.#outbox.writeValues(frame, [value]);
    } catch (error) {
      this.fault(thread, faultCode(error), messageOf(error));
    }
  }

  /** Answers a request with an error. */
  fault(
    to: { readonly source: number; readonly session: number },
    code: ErrorCode,
    text: string,
    remoteCode?: string,
  ): void {
    const frame = replyFrame(to);
    frame.kind = MessageKind.error;
    try {
      this.#outbox.writeBody(frame, encodeFault(code, text, remoteCode));
    } catch {
      // The outbox is full: the requester hears from its deadline.
    }
  }

  response(pack?: (...values: never[]) => Uint8Array): ResponseFunction {
    const thread = this.#take("response");
    const isOneWay = thread.duty === "one-way";
    thread.duty = "taken";
    if (isOneWay) return noop;
    const { source, session } = thread;
    const deferred: Deferred = { source, session, isWanted: !thread.isRequesterDead };
    this.#deferred.add(deferred);
    let isUsed = false;
    const respond = (ok: boolean, ...values: readonly unknown[]): boolean => {
      if (isUsed) throw new CodedError("ALREADY_REPLIED", "Can't response more than once");
      isUsed = true;
      this.#deferred.delete(deferred);
      if (!deferred.isWanted) return false;
      this.#respond(deferred, { ok, values, pack });
      return true;
    };
    return Object.assign(respond, { isWanted: () => !isUsed && deferred.isWanted });
  }

  #respond(
    deferred: Deferred,
    reply: {
      ok: boolean;
      values: readonly unknown[];
      pack: ((...values: never[]) => Uint8Array) | undefined;
    },
  ): void {
    const { ok, values, pack } = reply;
    if (!ok) {
      const [error] = values;
      this.fault(deferred, "REMOTE_FAULT", messageOf(error), ownCode(error));
      return;
    }
    try {
      const frame = replyFrame(deferred);
      if (pack === undefined) this.#outbox.writeValues(frame, values);
      else this.#outbox.writeBody(frame, pack(...(values as never[])));
    } catch (error) {
      this.fault(deferred, faultCode(error), messageOf(error));
      throw error;
    }
  }

  /** The service has ended: nobody there waits any more. */
  requesterDied(source: number): void {
    this.#deferred.forEach((deferred) => {
      if (deferred.source === source) deferred.isWanted = false;
    });
    this.#threads.live.forEach((thread) => {
      if (thread.source === source) thread.isRequesterDead = true;
    });
  }

  /** The service exits: everyone who waits is told. */
  exit(code: ErrorCode, text: string): void {
    this.#deferred.forEach((deferred) => {
      if (deferred.isWanted) this.fault(deferred, code, text);
    });
    this.#threads.live.forEach((thread) => {
      if (thread.duty === "owed") this.fault(thread, code, text);
      thread.duty = "replied";
    });
  }
}

function replyFrame(to: { readonly source: number; readonly session: number }): OutFrame {
  const { source, session } = to;
  return { destination: source, session, kind: MessageKind.response, deadline: 0, source: 0 };
}

/** The code of an error of our own; REMOTE_FAULT for an author's. */
export function faultCode(error: unknown): ErrorCode {
  return error instanceof CodedError ? error.code : "REMOTE_FAULT";
}

export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return error.message;
    return error === undefined ? "" : String(error);
  } catch {
    return "an error that cannot be read";
  }
}

/** The `code` property of an author's error, when it is text. */
export function ownCode(error: unknown): string | undefined {
  try {
    const code = (error as { code?: unknown } | undefined)?.code;
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}
