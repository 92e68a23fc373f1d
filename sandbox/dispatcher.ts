// Dispatcher: hands each message to whoever it is for: a waiting call, a command, a protocol's
// handler.
// Guest (and host services). Fed by turn-loop.ts, one message at a time.
// Invariant: a request leaves here answered, or with a thread that owes the answer.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { isCodedError, type CodedError } from "../wire/coded-error.ts";
import { decodeFault } from "../wire/fault.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { MathMin } from "../wire/primordials.ts";
import { systemHandedOn, systemResolved, systemStart } from "../wire/system-command.ts";
import { readUtf8 } from "../wire/utf8.ts";
import { copyBytes } from "./bytes.ts";
import type { Calls } from "./calls.ts";
import { OwnSet } from "./containers.ts";
import type { Debug } from "./debug.ts";
import { errorText, formatValue } from "./format.ts";
import type { Forks } from "./forks.ts";
import { isExitSignal, type Lifecycle } from "./lifecycle.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { ProtocolEntry, Protocols } from "./protocols.ts";
import { messageOf, ownCode, type Replies } from "./replies.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import { ThreadFault, type Threads } from "./threads.ts";
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
  readonly outbox: Outbox;
};

type Handler = (...args: never[]) => unknown;
type Fallback<T extends unknown[]> = ((...args: T) => unknown) | undefined;

const textBytesMax = 200; // of an unknown message, in the log

export class Dispatcher {
  readonly #parts: DispatchParts;
  readonly #byValue: ThreadOwner;
  readonly #byRet: ThreadOwner;
  /** The request whose handler has not returned, or whose message is not read yet. */
  #handling: Thread | undefined;
  onUnknownRequest: Fallback<[session: number, source: number, body: Uint8Array, kind: number]>;
  onUnknownResponse: Fallback<[session: number, source: number, body: Uint8Array]>;
  /** Responses nobody waited for: their call has timed out, or they were forged. */
  unknownResponses = 0;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    const failed = (thread: Thread, error: unknown): void => this.#failed(thread, error);
    this.#byValue = { finished: (thread, value) => this.#returned(thread, value), failed };
    this.#byRet = { finished: (thread) => this.#finished(thread), failed };
  }

  // hot: bench call
  dispatch(message: Incoming): void {
    const { waits, forks, threads } = this.#parts;
    const { kind } = message;
    if (kind === MessageKind.response) {
      if (!waits.reply(message)) this.#unknownResponse(message);
    } else if (kind === MessageKind.error) {
      this.#fault(message);
    } else if (kind === MessageKind.system) {
      this.#system(message);
    } else {
      this.#incoming(message);
    }
    if (threads.hasResumed) forks.drainSoon();
    else forks.drain();
  }

  /**
   * True when the reply of this session lets author code go on that awaits it; false: it starts
   * some.
   */
  isAwaited(session: number): boolean {
    return this.#parts.waits.get(session)?.isAwaited !== false;
  }

  // hot: bench call
  #incoming(message: Incoming): void {
    const { lifecycle, protocols, replies, threads, tracer } = this.#parts;
    const { kind, session, source } = message;
    if (lifecycle.isExiting) {
      if (session !== 0) replies.fault(message, "ADDRESS_DEAD", "the service is exiting");
      return;
    }
    if (kind === MessageKind.trace) {
      tracer.arrived(source, message.bytes, message.from, message.to);
      return;
    }
    const entry = protocols.of(kind);
    const thread = threads.make(entry === undefined ? "unknown request" : entry.name, this.#byRet);
    thread.kind = kind;
    thread.session = session;
    thread.source = source;
    thread.deadline = message.deadline;
    thread.duty = session === 0 ? "one-way" : "owed";
    this.#handling = thread;
    if (entry === undefined) this.#unknownRequest(thread, message);
    else this.#request(thread, message, entry);
    this.#handling = undefined;
  }

  // hot: bench call
  #request(thread: Thread, message: Incoming, entry: ProtocolEntry): void {
    const { tracer, debug } = this.#parts;
    if (tracer.isOn || entry.traceMode === true) tracer.adopt(thread, entry.traceMode);
    let values: readonly unknown[];
    try {
      values = entry.unpack(message.bytes, message.from, message.to);
    } catch (error) {
      this.#failed(thread, entry.isPacked ? asThreadFault(error) : error);
      return;
    }
    if (entry.commands !== undefined && this.#command(entry, thread, values)) return;
    if (message.kind === MessageKind.debug) {
      this.#run(thread, debug.handler, values, debug);
    } else if (entry.dispatch !== undefined) {
      const args: unknown[] = [thread.session, thread.source];
      for (let index = 0; index < values.length; index++) args[index + 2] = values[index];
      this.#run(thread, entry.dispatch, args, this.#byRet);
    } else if (entry.commands === undefined) {
      this.#unknownRequest(thread, message);
    } else {
      this.#unknownCommand(thread, values[0]);
    }
  }

  /** False when the first value names no command. */
  // hot: bench call
  #command(entry: ProtocolEntry, thread: Thread, values: readonly unknown[]): boolean {
    const command = entry.commands?.get(values[0]);
    if (command === undefined) return false;
    const args: unknown[] = [];
    for (let index = 1; index < values.length; index++) args[index - 1] = values[index];
    this.#run(thread, command, args, this.#byValue);
    return true;
  }

  #run(thread: Thread, handler: Handler, args: readonly unknown[], owner: ThreadOwner): void {
    thread.owner = owner;
    this.#parts.threads.run(thread, handler, args);
  }

  #unknownCommand(thread: Thread, name: unknown): void {
    const { replies, log } = this.#parts;
    const text = `no command ${formatValue(name, 1)}; see commands() of this service`;
    if (thread.duty === "owed") replies.fault(thread, "COMMAND_UNKNOWN", text);
    else log.write("error", `message from ${textOf(thread.source)}: ${text}`);
  }

  #unknownRequest(thread: Thread, message: Incoming): void {
    const { replies, log } = this.#parts;
    const { session, source, kind, bytes, from, to } = message;
    if (this.onUnknownRequest !== undefined) {
      const args = [session, source, copyBytes(bytes, from, to), kind];
      this.#run(thread, this.onUnknownRequest, args, this.#byRet);
    } else if (session !== 0) {
      const text = `this service has no handler for messages of kind ${kind}`;
      replies.fault(thread, "PROTOCOL_UNKNOWN", text);
    } else {
      const text = readUtf8(bytes, from, MathMin(to, from + textBytesMax));
      log.write("error", `Unknown request (${kind}): ${text}`);
    }
  }

  // hot: bench call
  #returned(thread: Thread, value: unknown): void {
    if (thread.traceTag !== undefined) this.#parts.tracer.step(thread, "end");
    this.#parts.replies.value(thread, value);
  }

  #finished(thread: Thread): void {
    if (thread.traceTag !== undefined) this.#parts.tracer.step(thread, "end");
    if (thread.duty !== "owed" || thread.killed !== undefined) return;
    thread.duty = "replied";
    if (thread.isRequesterDead) return;
    const { log, replies } = this.#parts;
    const { session, source, what } = thread;
    log.write("warn", `Maybe forgot response session ${session} from ${textOf(source)} : ${what}`);
    replies.fault(thread, "REPLY_MISSING", `the handler of "${what}" ended without a reply`);
  }

  #failed(thread: Thread, error: unknown): void {
    if (thread.killed !== undefined || isExitSignal(error)) return;
    const { replies, log, tracer } = this.#parts;
    if (thread.traceTag !== undefined) tracer.step(thread, `end ${messageOf(error)}`);
    const isTold = thread.duty === "owed" && !thread.isRequesterDead;
    const own = ownCode(error);
    if (isTold) {
      if (ThreadFault.isOurs(error)) replies.fault(thread, error.code, error.message);
      else replies.fault(thread, "REMOTE_FAULT", messageOf(error), own);
      thread.duty = "replied";
    }
    // A caller that gets a code knows what happened; anything else is somebody's mistake.
    const level = isTold && own !== undefined ? "debug" : "error";
    const from = `${textOf(thread.source)} : ${thread.session}`;
    log.write(level, `lua call [${from}] error : ${errorText(error)}`);
  }

  /**
   * Something threw that never should: an author's prototypes, or a mistake of ours. The message is
   * over.
   */
  failed(message: Incoming, error: unknown): void {
    const thread = this.#handling;
    this.#handling = undefined;
    if (thread !== undefined) this.#failed(thread, error);
    else this.#parts.log.write("error", `message of kind ${message.kind}: ${errorText(error)}`);
  }

  #unknownResponse(message: Incoming): void {
    this.unknownResponses++;
    const { session, source, bytes, from, to } = message;
    if (this.onUnknownResponse === undefined) return;
    const thread = this.#parts.threads.make("unknown response", this.#byRet);
    const args = [session, source, copyBytes(bytes, from, to)];
    this.#run(thread, this.onUnknownResponse, args, this.#byRet);
  }

  #fault(message: Incoming): void {
    const { waits, replies, calls } = this.#parts;
    const { session, source, bytes, from, to } = message;
    const error = decodeFault(copyBytes(bytes, from, to));
    if (session === 0 || error.code === "ADDRESS_DEAD") calls.forget(source);
    if (session !== 0) {
      if (!waits.fail(session, error, source)) this.unknownResponses++;
      return;
    }
    replies.requesterDied(source);
    waits.failAll(source, error);
  }

  #system(message: Incoming): void {
    const { lifecycle, calls } = this.#parts;
    const { bytes, from, to } = message;
    const opcode = bytes[from];
    if (opcode === systemStart && message.source === 0) lifecycle.begin(bytes, from + 1, to);
    else if (opcode === systemResolved) calls.resolved(message.session, message.source);
    else if (opcode === systemHandedOn) calls.handedOn(message);
  }

  /**
   * The entry before was cut off by the host. What ran then will not go on: the requests it was for
   * are answered. When that were microtasks, V8 has dropped those behind them too: every thread
   * that ran or was about to, and waits for nothing, is one of them.
   */
  recover(): void {
    const { threads, waits, forks, outbox } = this.#parts;
    const handling = this.#handling;
    this.#handling = undefined;
    outbox.recover();
    const current = threads.takeInterrupted();
    const text =
      "the turn was interrupted: it ran too long (turnMsMax, sliceMs), or by an operator";
    const fault = new ThreadFault("SLICE_EXCEEDED", text);
    if (handling !== undefined) this.#cutOff(handling, fault);
    if (current !== undefined && current !== handling) this.#cutOff(current, fault);
    if (handling === undefined && current === undefined) {
      const waiting = new OwnSet<Thread | undefined>();
      waits.forEach((wait) => waiting.add(wait.thread));
      threads.live.forEach((thread) => {
        if (thread.entry >= threads.entry - 1 && !waiting.has(thread)) this.#cutOff(thread, fault);
      });
    }
    forks.drain();
  }

  #cutOff(thread: Thread, fault: CodedError): void {
    this.#parts.threads.abandon(thread);
    if (thread.duty === "replying") thread.duty = "owed";
    thread.owner.failed(thread, fault);
  }
}

function textOf(address: number): string {
  return formatAddress(address as ServiceAddress);
}

/** The bytes of a message are the sender's fault, not the handler's. */
function asThreadFault(error: unknown): unknown {
  return isCodedError(error) ? new ThreadFault(error.code, error.message) : error;
}
