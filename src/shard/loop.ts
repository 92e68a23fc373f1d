// Loop: one thread's rounds of reading links, firing timers, giving turns, and sleeping when there
// is nothing.
// One thread per shard. Started by the worker's entry, or by host.ts for shard 0.
// Invariant: no round is longer than its budget plus one turn, and between rounds the event loop
// gets its share.

import { setImmediate } from "node:timers";
import { limits } from "../../wire/limits.ts";
import { MarkWord } from "../kernel/turn-mark.ts";
import type { Shard } from "./shard.ts";
import { Sleeper } from "./sleeper.ts";

const burstMs = 1; // what a socket or an inspector's answer waits at most while services are busy
const eventsMs = 2; // at most this long without a look at the event loop
const framesPerRead = 1024;
const sleepMsMax = 60_000;
const drainRoundsMax = 1000; // services that go on talking to each other are cut off there

export class Loop {
  readonly #shard: Shard;
  readonly #sleeper: Sleeper;
  readonly #stopping: Int32Array;
  /** Worker shards spin before they sleep; the main thread leaves the core to them. */
  readonly #spins: boolean;
  #eventsAt = 0;

  constructor(shard: Shard, stopping: SharedArrayBuffer, options: { readonly spins: boolean }) {
    this.#shard = shard;
    this.#sleeper = new Sleeper(shard.mark.words);
    this.#stopping = new Int32Array(stopping);
    this.#spins = options.spins;
    shard.onWork = () => this.#sleeper.wakeHere();
  }

  /** Runs until the host stops. */
  async run(): Promise<void> {
    const hasWork = (): boolean => this.#hasWork();
    while (Atomics.load(this.#stopping, 0) === 0) {
      if (this.#round()) {
        await this.#letEventsIn();
        continue;
      }
      if (this.#spins && this.#sleeper.spin(hasWork)) continue;
      this.#publishLoad();
      this.#shard.mark.blame(0);
      await this.#sleeper.sleep(this.#sleepMs(), hasWork);
      this.#eventsAt = performance.now();
    }
  }

  /** After `run` has ended: delivers what had come in until then. */
  async drain(): Promise<void> {
    for (let left = drainRoundsMax; left > 0 && this.#round(); left--) await Promise.resolve();
  }

  /** True when there was anything to do. */
  #round(): boolean {
    const { kernel } = this.#shard;
    this.#shard.beforeRound();
    const read = this.#shard.readLinks(framesPerRead);
    kernel.tick();
    const worked = kernel.burst(burstMs);
    const collected = this.#shard.collectWritten();
    const pumped = this.#shard.links.pump();
    return read || worked || collected || pumped;
  }

  /** Microtasks of host services run here; sockets and timers of Node every few milliseconds. */
  async #letEventsIn(): Promise<void> {
    const now = performance.now();
    if (now - this.#eventsAt < eventsMs) {
      await Promise.resolve();
      return;
    }
    this.#publishLoad();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#eventsAt = performance.now();
  }

  #hasWork(): boolean {
    return (
      this.#shard.kernel.hasWork ||
      this.#shard.links.hasIncoming ||
      this.#shard.hasWritten ||
      Atomics.load(this.#stopping, 0) !== 0
    );
  }

  /**
   * Time to the next timer, or to the end of an owner's wait; a backlog towards a full ring is
   * looked at every millisecond.
   */
  #sleepMs(): number {
    if (this.#shard.links.hasBacklog) return 1;
    return Math.min(Math.ceil(this.#shard.kernel.msToNext() ?? sleepMsMax), sleepMsMax);
  }

  #publishLoad(): void {
    const { words } = this.#shard.mark;
    let waiting = 0;
    for (const record of this.#shard.kernel.services.values()) {
      waiting += record.mailbox.depth;
      if (waiting > limits.mailboxDepthMax) break;
    }
    words[MarkWord.load] = waiting;
    words[MarkWord.services] = this.#shard.kernel.services.size;
  }
}
