// Warden: interrupts or disposes an isolate whose turn does not end, from another thread.
// A shard stuck in a synchronous turn can do nothing; isolated-vm handles do not cross Node
// threads. But they do cross into isolates: the warden is an isolate of its own whose code runs on
// the library's thread pool, waits on the shard's turn mark, and finds the handle of the stuck
// isolate in a third, idle isolate, the register.
// Invariant: only our own code below ever runs in the warden and the register; nothing else holds
// isolate handles.

import { MarkWord } from "../kernel/turn-mark.ts";
import { ivm, type Ivm } from "./vm.ts";

export const WardenOrder = { none: 0, interrupt: 1, dispose: 2, quit: 3 } as const;

const wardenMemoryMb = 8;
const pollsPerTurn = 8; // a turn is found over its time at most 1/8 late
const pollMsMin = 10;
const busyWaitMs = 5;
const busyWaitsMax = 400; // 2 s: it needs about 1 ms

/**
 * Watches the mark at an interval: a version that stays odd for `turnMsMax` is interrupted, one
 * that stays on for twice that is disposed. Orders from the main thread are carried out at once.
 */
const wardenSource = `(async function watch(buffer, offset, register, pollMs, pollsMax, W) {
  const mark = new Int32Array(buffer, offset, 16);
  async function act(isolate, order, version) {
    if (order === 2) return isolate.dispose();
    const session = isolate.createInspectorSession();
    session.dispatchProtocolMessage('{"id":1,"method":"Runtime.terminateExecution"}');
    for (let left = 50; left > 0 && Atomics.load(mark, W.version) === version; left--) {
      Atomics.wait(mark, W.wardenOrder, 0, 1);
    }
    session.dispose();
    await isolate.getHeapStatistics(); // behind the session's end: see Session.end in inspector.ts
  }
  let seen = 0, polls = 0;
  for (;;) {
    Atomics.wait(mark, W.wardenOrder, 0, mark[W.asleep] === 1 ? pollMs * 8 : pollMs);
    let order = Atomics.exchange(mark, W.wardenOrder, 0);
    if (order === 3) return;
    const version = Atomics.load(mark, W.version);
    const target = mark[W.destination];
    // An order names its service: the turn it was meant for may have ended meanwhile.
    if (order !== 0 && mark[W.wardenTarget] !== target) order = 0;
    if (order === 0 && pollsMax > 0) {
      if (version === seen && (version & 1) === 1) polls++;
      else { seen = version; polls = 0; }
      if (polls === pollsMax) order = 1;
      else if (polls === pollsMax * 2) order = 2;
    }
    if (order === 0) continue;
    const isolate = await register.get(String(target >>> 0));
    if (isolate === undefined) continue;
    // Busy first, then the look at the version: the shard changes the version first, then looks at
    // busy.
    Atomics.store(mark, W.wardenBusy, 1);
    if (Atomics.load(mark, W.version) === version && (version & 1) === 1) {
      Atomics.add(mark, W.interrupts, 1);
      try { await act(isolate, order, version); } catch {}
    }
    Atomics.store(mark, W.wardenBusy, 0);
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
    const args = [
      new ivm.ExternalCopy(mark.buffer as SharedArrayBuffer).copyInto({ release: true }),
      mark.byteOffset,
      this.#handles,
      turnMsMax === 0 ? 1000 : pollMs,
      turnMsMax === 0 ? 0 : Math.ceil(turnMsMax / pollMs),
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
    if (Atomics.load(mark, MarkWord.wardenBusy) === 0) return;
    Atomics.wait(mark, MarkWord.wardenBusy, 1, busyWaitMs);
  }
}

/**
 * Any thread: asks the warden of the shard with this mark to act on the turn that this service is
 * in, if it is.
 */
export function orderWarden(
  mark: Int32Array,
  { order, address }: { readonly order: number; readonly address: number },
): void {
  Atomics.store(mark, MarkWord.wardenTarget, address);
  Atomics.store(mark, MarkWord.wardenOrder, order);
  Atomics.notify(mark, MarkWord.wardenOrder);
}

function ignore(): void {}
