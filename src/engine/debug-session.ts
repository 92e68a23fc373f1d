// Debug session: V8's debugging protocol on one isolate for as long as a debugger is attached to
// it.
// One shard's thread; made by isolate.ts, driven by src/shard/debug-lane.ts.
// Invariant: the isolate has its turns on the library's pool meanwhile (laneTurn), never on this
// thread: a pause here would stop the thread that has to relay the order to go on.

import type { Ivm } from "./vm.ts";

/** Numbers of requests from here on are our own; a client's are below. */
export const clientIdMax = 0x3fff_ffff;

const nudgeMs = 10;
const nudgeText = '{"id":0,"method":"Runtime.getIsolateId"}';
const goneMs = 20;
const silenceMs = 10_000;
const silencing = [
  "Debugger.disable",
  "Profiler.disable",
  "HeapProfiler.disable",
  "Console.disable",
  "Runtime.disable",
] as const;

export type DebugListener = {
  /** A notification, or the answer to a client's request, as JSON. */
  readonly onMessage: (text: string) => void;
  readonly onPaused: (isPaused: boolean) => void;
};

export type DebugAnswer = {
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
};

export class DebugSession {
  readonly #isolate: Ivm.Isolate;
  readonly #session: Ivm.InspectorSession;
  readonly #listener: DebugListener;
  readonly #asked = new Map<number, (answer: DebugAnswer) => void>();
  readonly #open = new Set<number>();
  readonly #nudge: NodeJS.Timeout;
  readonly #onEnded: () => void;
  #lastId = clientIdMax;
  #isPaused = false;

  constructor(isolate: Ivm.Isolate, listener: DebugListener, onEnded: () => void) {
    this.#isolate = isolate;
    this.#listener = listener;
    this.#onEnded = onEnded;
    this.#session = isolate.createInspectorSession();
    this.#session.onResponse = (id, text) => this.#answered(id, text);
    this.#session.onNotification = (text) => this.#notified(text);
    // A message that comes as the isolate enters its pause is not seen by it before the next one.
    this.#nudge = setInterval(() => {
      if (this.#isPaused && this.#open.size > 0) this.#dispatch(nudgeText);
    }, nudgeMs);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Nothing that was asked is under way: no code runs in the isolate but in a turn. */
  get isQuiet(): boolean {
    return this.#open.size === 0;
  }

  /** Passes a client's request on; `id` is the number that stands in it. */
  pass(id: number, text: string): void {
    this.#open.add(id);
    this.#dispatch(withoutWaits(text));
  }

  /** Asks for ourselves; an answer that does not come in time is an error. */
  async ask(method: string, params: object, timeoutMs: number): Promise<DebugAnswer> {
    if (this.#isolate.isDisposed) return { error: { message: "the service has ended" } };
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<DebugAnswer>();
    this.#asked.set(id, resolve);
    this.#open.add(id);
    const timer = setTimeout(() => {
      this.#open.delete(id);
      resolve({ error: { message: `${method}: no answer in ${timeoutMs} ms` } });
    }, timeoutMs);
    this.#dispatch(JSON.stringify({ id, method, params }));
    const answer = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return answer;
  }

  /**
   * Ends the session and waits until V8 has forgotten it: see InspectorSession.end. What V8 says
   * while the session goes, on its own thread, ends the process ("pure virtual method called"): so
   * every domain is silent before, nothing waits for a promise, and nothing is on its way.
   */
  async end(): Promise<void> {
    clearInterval(this.#nudge);
    for (const method of silencing) await this.ask(method, {}, silenceMs);
    if (this.#isolate.isDisposed) await pause(goneMs);
    else await this.#isolate.getHeapStatistics();
    this.#session.dispose();
    if (!this.#isolate.isDisposed) await this.#isolate.getHeapStatistics();
    this.#onEnded();
  }

  #dispatch(text: string): void {
    if (!this.#isolate.isDisposed) this.#session.dispatchProtocolMessage(text);
  }

  #answered(id: number, text: string): void {
    this.#open.delete(id);
    if (id > clientIdMax) this.#asked.get(id)?.(JSON.parse(text) as DebugAnswer);
    else if (id > 0) this.#listener.onMessage(text);
  }

  #notified(text: string): void {
    const method = /^\{"method":"([\w.]+)"/.exec(text)?.[1];
    // The library's own context is empty: tools would offer it for expressions.
    if (method === "Runtime.executionContextCreated" && /"name":"default"/.test(text)) return;
    if (method === "Debugger.paused" || method === "Debugger.resumed") {
      this.#isPaused = method === "Debugger.paused";
      this.#listener.onPaused(this.#isPaused);
    }
    this.#listener.onMessage(text);
  }
}

/**
 * V8 answers an evaluation that waits for a promise when that settles, or when the session goes,
 * which ends the process: nothing waits. REPL mode waits always.
 */
function withoutWaits(text: string): string {
  if (!/await|repl/i.test(text)) return text;
  const request = JSON.parse(text) as { params?: Record<string, unknown> };
  const { params } = request;
  if (params === undefined) return text;
  return JSON.stringify({
    ...request,
    params: { ...params, awaitPromise: false, replMode: false },
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
