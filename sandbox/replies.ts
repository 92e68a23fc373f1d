// Replies: answers the request that a thread handles: now, later, or not at all.
// Guest (and host services). Used by api.ts and dispatcher.ts (skynet.ret, response, ignoreret:
// reference §2.5).
// Invariant: a request gets one reply; a thread that took another way of replying cannot reply any
// more.

import { CodedError, isCodedError } from "../wire/coded-error.ts";
import type { ErrorCode } from "../wire/error-codes.ts";
import { encodeFault } from "../wire/fault.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { ReflectApply, SafeString } from "../wire/primordials.ts";
import { bodyOf, noBytes } from "./bytes.ts";
import { OwnSet } from "./containers.ts";
import type { Outbox, OutFrame } from "./outbox.ts";
import type { Thread } from "./thread.ts";
import type { Threads } from "./threads.ts";

/** A reply that is owed outside a thread. */
type Deferred = { readonly source: number; readonly session: number; isWanted: boolean };

export type ResponseFunction = {
  (ok: boolean, ...values: readonly unknown[]): boolean;
  isWanted: () => boolean;
};

type Pack = ((...values: never[]) => Uint8Array) | undefined;

const whyNot = {
  none: "the running thread handles no message",
  replying: "the reply is being written",
  replied: "the request has been replied to",
  taken: "response() or ignoreRet() took the reply over",
} as const;

export class Replies {
  readonly #outbox: Outbox;
  readonly #threads: Threads;
  readonly #deferred = new OwnSet<Deferred>();

  constructor(outbox: Outbox, threads: Threads) {
    this.#outbox = outbox;
    this.#threads = threads;
  }

  /** Somebody waits for a reply that was put off (`response`). */
  get isOwing(): boolean {
    let isOwing = false;
    this.#deferred.forEach(({ isWanted }) => {
      isOwing ||= isWanted;
    });
    return isOwing;
  }

  /** Fails with NO_SESSION. */
  #take(what: string): Thread {
    const thread = this.#threads.running();
    const duty = thread === undefined ? "none" : thread.duty;
    if (thread !== undefined && (duty === "owed" || duty === "one-way")) return thread;
    throw new CodedError("NO_SESSION", `${what}: ${whyNot[duty as keyof typeof whyNot]}`);
  }

  /** Replies with a body that is packed already. False: nobody waits for it. */
  ret(body: unknown = noBytes): boolean {
    const bytes = bodyOf(body, "ret");
    return this.#settle(this.#take("ret"), (frame) => this.#outbox.writeBody(frame, bytes));
  }

  retPack(values: readonly unknown[]): boolean {
    return this.#settle(this.#take("retPack"), (frame) => this.#outbox.writeValues(frame, values));
  }

  ignoreRet(): void {
    this.#take("ignoreRet").duty = "taken";
  }

  #settle(thread: Thread, write: (frame: OutFrame) => void): boolean {
    const isWanted = thread.duty === "owed" && !thread.isRequesterDead;
    thread.duty = "replying";
    try {
      if (isWanted) write(replyFrame(thread));
      thread.duty = "replied";
    } catch (error) {
      this.fault(thread, faultCode(error), messageOf(error));
      thread.duty = "replied";
      throw error;
    }
    return isWanted;
  }

  /** What a command returned, unless its thread has replied otherwise. */
  // hot: bench call
  value(thread: Thread, value: unknown): void {
    if (thread.duty !== "owed") return;
    thread.duty = "replying";
    const frame = replyFrame(thread);
    try {
      if (thread.isRequesterDead) return;
      if (value === undefined) this.#outbox.writeBody(frame, noBytes);
      else this.#outbox.writeValues(frame, [value]);
    } catch (error) {
      this.fault(thread, faultCode(error), messageOf(error));
    } finally {
      thread.duty = "replied";
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
    // When the outbox is full to the last error the requester hears from its deadline.
    this.#outbox.tryBody(frame, encodeFault(code, text, remoteCode));
  }

  response(pack?: Pack): ResponseFunction {
    const thread = this.#take("response");
    const isOneWay = thread.duty === "one-way";
    thread.duty = "taken";
    const { source, session } = thread;
    const deferred: Deferred = { source, session, isWanted: !isOneWay && !thread.isRequesterDead };
    if (!isOneWay) this.#deferred.add(deferred);
    let isUsed = false;
    const respond = ((ok: boolean, ...values: readonly unknown[]): boolean => {
      if (isOneWay) return false;
      if (isUsed) throw new CodedError("ALREADY_REPLIED", "Can't response more than once");
      isUsed = true;
      this.#deferred.delete(deferred);
      if (!deferred.isWanted) return false;
      if (ok) this.#respond(deferred, values, pack);
      else this.fault(deferred, "REMOTE_FAULT", messageOf(values[0]), ownCode(values[0]));
      return true;
    }) as ResponseFunction;
    respond.isWanted = () => !isUsed && deferred.isWanted;
    return respond;
  }

  #respond(deferred: Deferred, values: readonly unknown[], pack: Pack): void {
    try {
      const frame = replyFrame(deferred);
      if (pack === undefined) this.#outbox.writeValues(frame, values);
      else this.#outbox.writeBody(frame, bodyOf(ReflectApply(pack, undefined, values), "pack"));
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
    const tell = (thread: Thread | undefined): void => {
      if (thread === undefined) return;
      if (thread.duty === "owed") this.fault(thread, code, text);
      thread.duty = "replied";
    };
    tell(this.#threads.current);
    this.#threads.live.forEach(tell);
  }
}

function replyFrame(to: { readonly source: number; readonly session: number }): OutFrame {
  const { source, session } = to;
  return { destination: source, session, kind: MessageKind.response, deadline: 0, source: 0 };
}

/** The code of an error of our own; REMOTE_FAULT for an author's. */
export function faultCode(error: unknown): ErrorCode {
  return isCodedError(error) ? error.code : "REMOTE_FAULT";
}

/** The text of whatever an author threw. */
export function messageOf(error: unknown): string {
  try {
    if (error === undefined) return "";
    if (typeof error !== "object" || error === null) return SafeString(error);
    const { message } = error as { message?: unknown };
    return typeof message === "string" ? message : SafeString(error);
  } catch {
    return "an error that cannot be read";
  }
}

/**
 * The `code` property of an author's error, when it is text. An error that came from another
 * handler and is passed on keeps the code it has there.
 */
export function ownCode(error: unknown): string | undefined {
  if (isCodedError(error) && error.code === "REMOTE_FAULT") return error.remoteCode;
  try {
    const { code } = error as { code?: unknown };
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}
