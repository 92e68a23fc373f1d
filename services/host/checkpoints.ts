// Checkpoints: the last good state of each service that exports one, taken at intervals.
// Shard 0. Kept by supervisor.ts; the service itself answers, between two of its messages.
// Invariant: one export a service is under way at most; a failed one changes nothing but the time
// of the next.

import type { Address } from "isonet";
import { isDoubling } from "../../wire/doubling.ts";

export type CheckpointPowers = {
  /** Runs `act` once, after a time; returns what forgets it. */
  readonly after: (ms: number, act: () => void) => () => void;
  /**
   * Asks the service for its packed state. Fails when it does not answer in time, cannot, or the
   * state is too large.
   */
  readonly exportState: (address: Address) => Promise<Uint8Array>;
  readonly log: (address: Address, text: string, level?: "warn" | "error") => void;
};

type Checkpoint = {
  readonly everyMs: number;
  state: Uint8Array | undefined;
  /** Exports that have failed since the last good one. */
  failures: number;
  /** Changes whenever the service ends: an export under way then is void. */
  era: number;
  cancel: () => void;
};

const doublingsMax = 6; // of the interval, while exports fail

export class Checkpoints {
  readonly #powers: CheckpointPowers;
  readonly #checkpoints = new Map<Address, Checkpoint>();

  constructor(powers: CheckpointPowers) {
    this.#powers = powers;
  }

  /** The service runs: its state is asked for every `everyMs`. */
  begin(address: Address, everyMs: number): void {
    const checkpoint = this.#checkpoints.get(address) ?? {
      everyMs,
      state: undefined,
      failures: 0,
      era: 0,
      cancel: () => {},
    };
    this.#checkpoints.set(address, checkpoint);
    this.#takeNext(address, checkpoint);
  }

  /** The service has ended; what it last exported is kept. */
  pause(address: Address): void {
    const checkpoint = this.#checkpoints.get(address);
    if (checkpoint === undefined) return;
    checkpoint.cancel();
    checkpoint.era++;
  }

  forget(address: Address): void {
    this.pause(address);
    this.#checkpoints.delete(address);
  }

  latest(address: Address): Uint8Array | undefined {
    return this.#checkpoints.get(address)?.state;
  }

  #takeNext(address: Address, checkpoint: Checkpoint): void {
    const afterMs = checkpoint.everyMs * 2 ** Math.min(checkpoint.failures, doublingsMax);
    checkpoint.cancel = this.#powers.after(afterMs, () => void this.#take(address, checkpoint));
  }

  async #take(address: Address, checkpoint: Checkpoint): Promise<void> {
    const { era } = checkpoint;
    try {
      const state = await this.#powers.exportState(address);
      if (checkpoint.era !== era) return;
      checkpoint.state = state;
      checkpoint.failures = 0;
    } catch (error) {
      if (checkpoint.era !== era) return;
      this.#failed(address, checkpoint, error);
    }
    this.#takeNext(address, checkpoint);
  }

  /** The log hears of the first failure, the second, the fourth … */
  #failed(address: Address, checkpoint: Checkpoint, error: unknown): void {
    const failures = ++checkpoint.failures;
    if (!isDoubling(failures)) return;
    const kept = checkpoint.state === undefined ? "there is none" : "the last good one is kept";
    const why = error instanceof Error ? error.message : String(error);
    const text = `no checkpoint: ${failures} exports have failed, ${kept}; ${why}`;
    this.#powers.log(address, text, "warn");
  }
}
