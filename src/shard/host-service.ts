// Host service: a service that runs in the host's own realm, on the guest runtime's code.
// Shard 0 (and each shard's control service). Entered by the kernel's scheduler like an isolate.
// Invariant: what it writes outside a turn, after a socket's event, is collected by the shard's
// next round.

import { createRuntime, type Runtime, type ServiceIdentity } from "../../sandbox/runtime.ts";
import { ControlWord, turnMemoryBytes } from "../../wire/turn-memory.ts";
import {
  TurnMemory,
  turnCompleted,
  turnMemoryLayout as layout,
  type Occupant,
  type TurnResult,
} from "../kernel/occupant.ts";

export class HostService implements Occupant {
  readonly memory = new TurnMemory(new ArrayBuffer(turnMemoryBytes(layout)), layout);
  readonly #runtime: Runtime;
  /** Set by the shard. */
  onFlush: () => number = () => 0;

  /** `onWrite` is told whenever a frame was written; `nowTick` is the shard's clock. */
  constructor(identity: ServiceIdentity, onWrite: () => void, nowTick: () => number) {
    this.#runtime = createRuntime({
      memory: this.memory.buffer,
      layout,
      flush: () => this.onFlush(),
      onWrite,
      nowTick,
      mayPause: false,
    });
    this.#runtime.assign(identity);
  }

  get api(): Runtime["api"] {
    return this.#runtime.api;
  }

  turn(): TurnResult {
    this.memory.control[ControlWord.inboxRead] = 0;
    this.#runtime.turn();
    return turnCompleted;
  }
}
