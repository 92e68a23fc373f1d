// Inspector session: V8's debugging protocol on one isolate, for as long as one operation takes.
// One shard's thread; the protocol's answers come through the event loop, so the service must be
// held meanwhile.
// Invariant: a session has ended before `withSession` returns, whatever happens: a session left
// open hangs the exit.

import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import type { Ivm } from "./vm.ts";

// a full collection of a large heap takes under a second; a stuck isolate never answers
const answerMsMax = 10_000;

const goneMs = 20;

export type ProtocolObject = Record<string, unknown>;

type Answer = { readonly result?: ProtocolObject; readonly error?: { readonly message: string } };

type NotificationHandler = (method: string, params: ProtocolObject) => void;

/** One session of the protocol, https://chromedevtools.github.io/devtools-protocol/v8/. */
export class InspectorSession {
  readonly #isolate: Ivm.Isolate;
  readonly #session: Ivm.InspectorSession;
  readonly #failureCode: ErrorCode;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  /** Told of what V8 says unasked. */
  onNotification: NotificationHandler = () => {};
  #lastId = 0;

  /** What V8 refuses fails with `failureCode`. */
  constructor(isolate: Ivm.Isolate, failureCode: ErrorCode) {
    this.#isolate = isolate;
    this.#failureCode = failureCode;
    this.#session = isolate.createInspectorSession();
    this.#session.onResponse = (id, message) => {
      this.#waiting.get(id)?.(JSON.parse(message) as Answer);
      this.#waiting.delete(id);
    };
    this.#session.onNotification = (message) => {
      const { method, params } = JSON.parse(message) as { method: string; params: ProtocolObject };
      this.onNotification(method, params);
    };
  }

  /** Fails with the session's failure code, ADDRESS_DEAD. */
  async send(
    method: string,
    params: ProtocolObject = {},
    timeoutMs = answerMsMax,
  ): Promise<ProtocolObject> {
    if (this.#isolate.isDisposed) throw isolateGone();
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(
      () => resolve({ error: { message: `${method}: no answer in ${timeoutMs} ms` } }),
      timeoutMs,
    );
    this.#session.dispatchProtocolMessage(JSON.stringify({ id, method, params }));
    const answer = await promise;
    clearTimeout(timer);
    if (answer.error !== undefined) throw new CodedError(this.#failureCode, answer.error.message);
    return answer.result ?? {};
  }

  /**
   * Ends the session and waits until V8 has forgotten it: the library does that later, on a thread
   * of its pool, and a session that another thread opens meanwhile corrupts V8's table of sessions
   * (seen as a SIGSEGV in V8InspectorImpl::connect). An asynchronous task of the isolate runs
   * behind the deletion.
   */
  async end(): Promise<void> {
    // An isolate that went over its memory limit meanwhile takes its sessions with it, a little
    // later: to end one before that aborts the process.
    if (this.#isolate.isDisposed) await pause(goneMs);
    this.#session.dispose();
    if (!this.#isolate.isDisposed) await this.#isolate.getHeapStatistics();
  }
}

/** Runs `work` in a session of its own. The service must be held. */
export async function withSession<T>(
  isolate: Ivm.Isolate,
  failureCode: ErrorCode,
  work: (session: InspectorSession) => Promise<T>,
): Promise<T> {
  const session = new InspectorSession(isolate, failureCode);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

export function isolateGone(): CodedError {
  return new CodedError("ADDRESS_DEAD", "the service has ended: it went over its memory limit");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
