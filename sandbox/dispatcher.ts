// Dispatcher: hands each message to whoever it is for: a waiting call, a command, a protocol's
// handler.
// Guest (and host services). Fed by turn-loop.ts, one message at a time.
// Invariant: a request leaves here answered, or with a thread that owes the answer.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { decodeFault } from "../wire/fault.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { readUtf8 } from "../wire/utf8.ts";
import type { Calls } from "./calls.ts";
import type { Debug } from "./debug.ts";
import { errorText } from "./format.ts";
import type { Forks } from "./forks.ts";
import { isExitSignal, type Lifecycle } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import { copyBytes } from "./primordials.ts";
import type { ProtocolEntry, Protocols } from "./protocols.ts";
import { faultCode, messageOf, ownCode, type Replies } from "./replies.ts";
import { systemResolved, systemStart } from "../wire/system-command.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import type { Threads } from "./threads.ts";
import type { Tracer } from "./tracer.ts";
import type { Waits } from "./waits.ts";

/**
 * A message in the inbox; the body is in [from, to) of the bytes, valid until the handler returns.
 */
export type Incoming = {
  kind: number;
  source: number;
  session: number;
  deadline: number;
  bytes: Uint8Array;
  from: number;
  to: number;
};

export type DispatchParts = {
  readonly threads: Threads;
  readonly waits: Waits;
  readonly protocols: Protocols;
  readonly replies: Replies;
  readonly forks: Forks;
  readonly lifecycle: Lifecycle;
  readonly calls: Calls;
  readonly tracer: Tracer;
  readonly debug: Debug;
  readonly log: Log;
};

type Fallback<T extends unknown[]> = ((...args: T) => unknown) | undefined;

export class Dispatcher {
  readonly #parts: DispatchParts;
  readonly #byValue: ThreadOwner;
  readonly #byRet: ThreadOwner;
  onUnknownRequest: Fallback<[session: number, source: number, body: Uint8Array, kind: number]>;
  onUnknownResponse: Fallback<[session: number, source: number, body: Uint8Array]>;
  /** Responses nobody waited for: their call has timed out, or they were forged. */
  unknownResponses = 0;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    const failed = (thread: Thread, error: unknown): void => this.#failed(thread, error);
    this.#byValue = { finished: (thread, value) => parts.replies.value(thread, value), failed };
    this.#byRet = { finished: (thread) => this.#finished(thread), failed };
  }

  /** True when author code that had waited goes on behind this message. */
  // hot: bench call
  dispatch(message: Incoming): boolean {
    const { waits, replies } = this.#parts;
    const { kind, session, source, bytes, from, to } = message;
    if (kind === MessageKind.response) {
      if (!waits.reply(session, bytes, from, to)) this.#unknownResponse(message);
      return true;
    }
    if (kind === MessageKind.error) return this.#fault(message);
    if (kind === MessageKind.system) return this.#system(message);
    if (this.#parts.lifecycle.isExiting) {
      if (session !== 0) replies.fault(message, "ADDRESS_DEAD", "the service is exiting");
      return false;
    }
    if (kind === MessageKind.trace) this.#parts.tracer.arrived(source, bytes, from, to);
    else this.#request(message);
    this.#parts.forks.drain();
    return false;
  }

  #request(message: Incoming): void {
    const { protocols, threads, debug, tracer } = this.#parts;
    const entry = protocols.of(message.kind);
    if (entry === undefined) {
      this.#unknownRequest(message);
      return;
    }
    const thread = threads.make(entry.name, this.#byRet);
    thread.kind = message.kind;
    thread.session = message.session;
    thread.source = message.source;
    thread.deadline = message.deadline;
    thread.duty = message.session === 0 ? "one-way" : "owed";
    if (tracer.isOn || entry.traceMode === true) tracer.adopt(thread, entry.traceMode);
    let values: readonly unknown[];
    try {
      values = entry.unpack(message.bytes, message.from, message.to);
    } catch (error) {
      this.#failed(thread, error);
      return;
    }
    if (message.kind === MessageKind.debug) this.#run(thread, debug.handler, values, debug);
    else this.#handle(entry, thread, values, message);
  }

  // hot: bench call
  #handle(
    entry: ProtocolEntry,
    thread: Thread,
    values: readonly unknown[],
    message: Incoming,
  ): void {
    const command = entry.commands?.get(values[0]);
    if (command !== undefined) {
      const args: unknown[] = [];
      for (let index = 1; index < values.length; index++) args[index - 1] = values[index];
      this.#run(thread, command, args, this.#byValue);
      return;
    }
    if (entry.dispatch !== undefined) {
      const args: unknown[] = [thread.session, thread.source];
      for (let index = 0; index < values.length; index++) args[index + 2] = values[index];
      this.#run(thread, entry.dispatch, args, this.#byRet);
      return;
    }
    if (entry.commands === undefined) {
      this.#unknownRequest(message);
      return;
    }
    const text = `no command ${JSON.stringify(String(values[0]))}; see commands() of this service`;
    if (thread.duty === "owed") this.#parts.replies.fault(thread, "COMMAND_UNKNOWN", text);
    else this.#parts.log.write("error", `${describe(message)}: ${text}`);
  }

  #run(
    thread: Thread,
    handler: (...args: never[]) => unknown,
    args: readonly unknown[],
    owner: ThreadOwner,
  ): void {
    thread.owner = owner;
    this.#parts.threads.run(thread, handler, args);
  }

  #finished(thread: Thread): void {
    if (thread.duty !== "owed" || thread.killed !== undefined) return;
    thread.duty = "replied";
    if (thread.isRequesterDead) return;
    const who = formatAddress(thread.source as ServiceAddress);
    this.#parts.log.write(
      "warn",
      `Maybe forgot response session ${thread.session} from ${who} : ${thread.what}`,
    );
    this.#parts.replies.fault(
      thread,
      "REPLY_MISSING",
      `the handler of "${thread.what}" ended without a reply`,
    );
  }

  #failed(thread: Thread, error: unknown): void {
    if (thread.killed !== undefined || isExitSignal(error)) return;
    const isTold = thread.duty === "owed" && !thread.isRequesterDead;
    const own = ownCode(error);
    if (isTold) {
      const code = isRuntimeFault(error) ? faultCode(error) : "REMOTE_FAULT";
      this.#parts.replies.fault(thread, code, messageOf(error), own);
      thread.duty = "replied";
    }
    // A caller that gets a code knows what happened; anything else is somebody's mistake.
    const level = isTold && own !== undefined ? "debug" : "error";
    const from = formatAddress(thread.source as ServiceAddress);
    this.#parts.log.write(
      level,
      `lua call [${from} : ${thread.session}] error : ${errorText(error)}`,
    );
  }

  #unknownRequest(message: Incoming): void {
    const { replies, log } = this.#parts;
    const { session, source, kind, bytes, from, to } = message;
    if (this.onUnknownRequest !== undefined) {
      const thread = this.#parts.threads.make("unknown request", this.#byRet);
      Object.assign(thread, { session, source, kind, duty: session === 0 ? "one-way" : "owed" });
      const handler = this.onUnknownRequest as (...args: never[]) => unknown;
      this.#run(thread, handler, [session, source, copyBytes(bytes, from, to), kind], this.#byRet);
      return;
    }
    const text = `this service has no handler for messages of kind ${kind}`;
    if (session !== 0) replies.fault(message, "PROTOCOL_UNKNOWN", text);
    else
      log.write(
        "error",
        `Unknown request (${kind}): ${readUtf8(bytes, from, Math.min(to, from + 200))}`,
      );
  }

  #unknownResponse(message: Incoming): void {
    this.unknownResponses++;
    const { session, source, bytes, from, to } = message;
    if (this.onUnknownResponse === undefined) return;
    const handler = this.onUnknownResponse as (...args: never[]) => unknown;
    const thread = this.#parts.threads.make("unknown response", this.#byRet);
    this.#run(thread, handler, [session, source, copyBytes(bytes, from, to)], this.#byRet);
  }

  #fault(message: Incoming): boolean {
    const { waits, replies, calls } = this.#parts;
    const { session, source, bytes, from, to } = message;
    const error = decodeFault(copyBytes(bytes, from, to));
    if (session !== 0) {
      if (!waits.fail(session, error)) this.unknownResponses++;
      return true;
    }
    calls.forget(source);
    replies.requesterDied(source);
    waits.failAll(source, error);
    return true;
  }

  #system(message: Incoming): boolean {
    const { lifecycle, calls, forks } = this.#parts;
    const { bytes, from, to } = message;
    const opcode = bytes[from];
    if (opcode === systemStart && message.source === 0) {
      lifecycle.begin(bytes, from + 4, to);
      forks.drain();
    } else if (opcode === systemResolved) {
      calls.resolved(message.session, message.source);
    }
    return false;
  }
}

/**
 * An error that the runtime itself raised while it read or answered the message: its code stands as
 * it is.
 */
function isRuntimeFault(error: unknown): boolean {
  const code = faultCode(error);
  return code === "UNPACK_MALFORMED" || code === "THREADS_FULL";
}

function describe(message: Incoming): string {
  return `message from ${formatAddress(message.source as ServiceAddress)}`;
}
