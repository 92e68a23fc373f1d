// Deadlines: ends the calls that nobody answers, with one kernel timer for all calls of the
// service.
// Guest (and host services). Told of each call's deadline by calls.ts.
// Invariant: while a call with a deadline is open, a timer is armed that fires at that deadline or
// before.

import { CodedError } from "../wire/coded-error.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { SystemCommand } from "../wire/system-command.ts";
import type { GuestClock } from "./clock.ts";
import type { Outbox } from "./outbox.ts";
import { max } from "./primordials.ts";
import { Wait } from "./wait.ts";
import type { Waits } from "./waits.ts";

const tickMs = 10;
const nothing = (): undefined => undefined;

export class Deadlines {
  readonly #waits: Waits;
  readonly #clock: GuestClock;
  readonly #outbox: Outbox;
  /** Tick of the armed timer; 0: none. */
  #armedAt = 0;

  constructor(waits: Waits, clock: GuestClock, outbox: Outbox) {
    this.#waits = waits;
    this.#clock = clock;
    this.#outbox = outbox;
  }

  // hot: bench call
  watch(deadline: number): void {
    if (this.#armedAt !== 0 && ((deadline - this.#armedAt) | 0) >= 0) return;
    this.#arm(deadline);
  }

  #arm(deadline: number): void {
    this.#armedAt = deadline;
    const clock = this.#clock;
    const fired = (): void => {
      if (this.#armedAt === deadline) this.#sweep();
    };
    const wait = new Wait(
      { destination: 0, kind: MessageKind.system, thread: undefined, sinceTick: clock.now() },
      nothing,
      { resolve: fired, reject: fired },
    );
    this.#waits.open(wait);
    const ticks = max((deadline - clock.now()) | 0, 1);
    this.#outbox.writeCommand(SystemCommand.timeout, wait.session, ticks);
  }

  #sweep(): void {
    this.#armedAt = 0;
    const clock = this.#clock;
    const next = this.#waits.sweep(clock.now(), (wait) => {
      const waitedMs = ((clock.now() - wait.sinceTick) | 0) * tickMs;
      return new CodedError("CALL_TIMEOUT", `${wait.toString()}: no reply in ${waitedMs} ms`);
    });
    if (next !== 0) this.watch(next);
  }
}
