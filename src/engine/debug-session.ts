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
const silenceMs = 10_000;
const heapMs = 1000;
const nearLimit = 0.7; // of the memory limit: garbage is collected; then:
const overLimit = 0.6; // what is still in use after that does not leave room for a debugger
const leap = 0.03; // from one look to the next
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

/** Never collected: a session ends as its handle is. */
const lostSessions = new Set<Ivm.InspectorSession>();

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
  #isDropped = false;
  /** Out of memory: V8 says so in a pause of its own, which no setting skips. */
  #isOutOfMemory = false;
  #lastBytes = 0;

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

  /**
   * The limit is the isolate's own, in bytes. True: the session must go before the isolate does.
   */
  async isNearLimit(limitBytes: number): Promise<boolean> {
    if (this.#isOutOfMemory) return true;
    if (this.#isPaused) return false;
    const before = this.#lastBytes;
    const bytes = await this.#usedBytes();
    if (bytes < limitBytes * nearLimit) return this.#isOutOfMemory;
    if (bytes - before > limitBytes * leap) return true; // no time for a collection
    await this.ask("HeapProfiler.collectGarbage", {}, silenceMs);
    return this.#isOutOfMemory || (await this.#usedBytes()) >= limitBytes * overLimit;
  }

  async #usedBytes(): Promise<number> {
    const { result } = await this.ask("Runtime.getHeapUsage", {}, heapMs);
    const { usedSize = 0, backingStorageSize = 0 } = result ?? {};
    this.#lastBytes = Number(usedSize) + Number(backingStorageSize);
    return this.#lastBytes;
  }

  /** Passes a client's request on; `id` is the number that stands in it. */
  pass(id: number, text: string): void {
    this.#open.add(id);
    this.#dispatch(withoutWaits(text));
  }

  /** Asks for ourselves; an answer that does not come in time is an error. */
  async ask(method: string, params: object, timeoutMs: number): Promise<DebugAnswer> {
    if (this.#isolate.isDisposed || this.#isDropped) {
      return { error: { message: "the service has ended" } };
    }
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
    if (!this.#isDropped) {
      for (const method of silencing) await this.ask(method, {}, silenceMs);
      if (!this.#isolate.isDisposed) await this.#isolate.getHeapStatistics();
      this.#dispose();
    }
    if (!this.#isolate.isDisposed) await this.#isolate.getHeapStatistics();
    this.#onEnded();
  }

  /** Ends the session in mid-turn: the isolate may go over its memory limit without it. */
  async drop(): Promise<void> {
    await Promise.all(silencing.map((method) => this.ask(method, {}, silenceMs)));
    clearInterval(this.#nudge);
    this.#isDropped = true;
    this.#dispose();
  }

  get isDropped(): boolean {
    return this.#isDropped;
  }

  /**
   * An isolate that dies with a session open stops the pool's thread that destroys it for ever, and
   * whoever ends the session then waits for that thread: it is kept.
   */
  #dispose(): void {
    if (this.#isolate.isDisposed) lostSessions.add(this.#session);
    else this.#session.dispose();
  }

  #dispatch(text: string): void {
    if (!this.#isolate.isDisposed && !this.#isDropped) this.#session.dispatchProtocolMessage(text);
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
      if (/"reason":"OOM"/.test(text)) this.#isOutOfMemory = true;
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
