// Warden: interrupts or disposes an isolate whose turn does not end, from another thread.
// A shard stuck in a synchronous turn can do nothing; isolated-vm handles do not cross Node
// threads. But they do cross into isolates: the warden is an isolate of its own whose code runs on
// the library's thread pool, waits on the shard's turn mark, and finds the handle of the stuck
// isolate in a third, idle isolate, the register.
// Invariant: only our own code below ever runs in the warden and the register; nothing else holds
// isolate handles. The warden never waits for an isolate that may be in a turn.

import { MarkWord } from "../kernel/turn-mark.ts";
import { ivm, type Ivm } from "./vm.ts";

export const WardenOrder = { none: 0, interrupt: 1, dispose: 2, quit: 3 } as const;

const wardenMemoryMb = 8;
const pollsPerTurn = 16;
const pollMsMin = 10;
const pollMsIdle = 1000; // turns without a limit: only orders are waited for
// 6/16 of a limit until a turn on a shard that slept is first seen, its limit, and one poll more:
// together less than 1.5 limits.
const asleepPolls = 6;
const disposeGraceMs = 250; // beyond two limits: an interrupt lands when a slow built-in returns
const busyWaitMs = 5;
const busyWaitsMax = 400; // 2 s: it needs some microseconds
const orderWaitMs = 1;
const orderWaitsMax = 50; // the warden takes an order in a fraction of a millisecond

/**
 * Looks at the mark at intervals and knows how long the present turn has been seen at least. A turn
 * without a slice of its own is interrupted after `turnMs`; one with a slice is interrupted by the
 * engine's timer (isolate.ts). Either is disposed after twice its limit. Orders are carried out at
 * once. One turn is interrupted once.
 *
 * A session of the inspector lives for three statements and is never waited for: an isolate that
 * dies with a session open, of its memory limit for one, takes the thread that destroys it into a
 * deadlock. The message wakes a thread of the pool, which waits for the isolate; the end of the
 * session, the second thing sent, is what requests the interrupt in the running turn.
 */
const wardenSource = `(async function watch(buffer, offset, register, times, W) {
  const mark = new Int32Array(buffer, offset, 16);
  function act(isolate, order) {
    if (order === 2) return isolate.dispose();
    const session = isolate.createInspectorSession();
    session.dispatchProtocolMessage('{"id":1,"method":"Runtime.terminateExecution"}');
    session.dispose();
  }
  let seen = 0, ageMs = 0, done = 0;
  for (;;) {
    const waitMs = mark[W.asleep] === 1 ? times.pollMs * times.asleepPolls : times.pollMs;
    const isWoken = Atomics.wait(mark, W.wardenOrder, 0, waitMs) !== 'timed-out';
    let order = Atomics.load(mark, W.wardenOrder);
    const meant = Atomics.load(mark, W.wardenTarget);
    if (order !== 0) {
      Atomics.compareExchange(mark, W.wardenOrder, order, 0);
      Atomics.notify(mark, W.wardenOrder);
    }
    if (order === 3) return;
    const version = Atomics.load(mark, W.version);
    const target = mark[W.destination];
    const sliceMs = mark[W.sliceMs];
    if (version !== seen) { seen = version; ageMs = 0; done = 0; }
    else if (!isWoken) ageMs += waitMs;
    if ((version & 1) === 0) continue;
    // An order names its service: the turn it was meant for may have ended meanwhile.
    if (order !== 0 && meant !== target) order = 0;
    const limitMs = sliceMs > 0 ? sliceMs : times.turnMs;
    if (order === 0 && limitMs > 0) {
      if (ageMs >= limitMs * 2 + times.graceMs) order = 2;
      else if (ageMs >= limitMs && sliceMs === 0) order = 1;
    }
    if (order <= done) continue;
    const isolate = await register.get(String(target >>> 0));
    if (isolate === undefined) continue;
    // Busy first, then the look at the version: see TurnMark.end.
    Atomics.store(mark, W.wardenBusy, 1);
    const isSame = Atomics.load(mark, W.version) === version;
    if (isSame) {
      done = order;
      Atomics.add(mark, W.interrupts, 1);
      try { act(isolate, order); } catch {}
    }
    Atomics.store(mark, W.wardenBusy, isSame ? 2 : 0);
    Atomics.notify(mark, W.wardenBusy);
  }
})`;

export class Warden {
  readonly #register: Ivm.Isolate;
  readonly #warden: Ivm.Isolate;
  readonly #handles: Ivm.Reference<Record<string, unknown>>;
  readonly #mark: Int32Array;
  readonly #ended: Promise<void>;

  /** `turnMsMax` 0: turns may last for ever, orders are still carried out. */
  constructor(mark: Int32Array, turnMsMax: number) {
    this.#mark = mark;
    this.#register = new ivm.Isolate({ memoryLimit: wardenMemoryMb });
    this.#handles = this.#register.createContextSync().evalSync("({})", { reference: true });
    this.#warden = new ivm.Isolate({ memoryLimit: wardenMemoryMb });
    const context = this.#warden.createContextSync();
    const watch = context.evalSync(wardenSource, { reference: true });
    const pollMs = Math.max(pollMsMin, Math.ceil(turnMsMax / pollsPerTurn));
    const times = {
      turnMs: turnMsMax,
      pollMs: turnMsMax === 0 ? pollMsIdle : pollMs,
      asleepPolls: turnMsMax === 0 ? 1 : asleepPolls,
      graceMs: disposeGraceMs,
    };
    const args = [
      new ivm.ExternalCopy(mark.buffer as SharedArrayBuffer).copyInto({ release: true }),
      mark.byteOffset,
      this.#handles,
      new ivm.ExternalCopy(times).copyInto({ release: true }),
      new ivm.ExternalCopy({ ...MarkWord }).copyInto({ release: true }),
    ];
    this.#ended = watch
      .apply(undefined, args, { result: { promise: true, ignored: true } })
      .then(ignore, ignore);
  }

  add(address: number, isolate: Ivm.Isolate): void {
    this.#handles.setSync(String(address), isolate);
  }

  remove(address: number): void {
    this.#handles.deleteSync(String(address));
  }

  async stop(): Promise<void> {
    orderWarden(this.#mark, { order: WardenOrder.quit, address: 0 });
    await this.#ended;
    this.#handles.release();
    this.#warden.dispose();
    this.#register.dispose();
  }
}

/**
 * The shard's thread, out of a turn: waits until the warden has let go of the isolate it worked on.
 */
export function awaitWarden(mark: Int32Array): void {
  for (let waits = 0; waits < busyWaitsMax; waits++) {
    if (Atomics.load(mark, MarkWord.wardenBusy) !== 1) return;
    Atomics.wait(mark, MarkWord.wardenBusy, 1, busyWaitMs);
  }
}

/**
 * Any thread: asks the warden of the shard with this mark to act on the turn that this service is
 * in, if it is. An order that the warden has not taken yet is waited for, not overwritten.
 */
export function orderWarden(
  mark: Int32Array,
  { order, address }: { readonly order: number; readonly address: number },
): void {
  for (let waits = 0; waits < orderWaitsMax; waits++) {
    const before = Atomics.load(mark, MarkWord.wardenOrder);
    if (before === WardenOrder.none) break;
    Atomics.wait(mark, MarkWord.wardenOrder, before, orderWaitMs);
  }
  Atomics.store(mark, MarkWord.wardenTarget, address);
  Atomics.store(mark, MarkWord.wardenOrder, order);
  Atomics.notify(mark, MarkWord.wardenOrder);
}

function ignore(): void {}
