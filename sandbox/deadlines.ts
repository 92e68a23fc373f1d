// Deadlines: ends the calls that nobody answers, with one kernel timer for all calls of the
// service.
// Guest (and host services). Told of each call's deadline by calls.ts.
// Invariant: while a call with a deadline is open, a timer is armed that fires at that deadline or
// before.

import { CodedError } from "../wire/coded-error.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { MathMax } from "../wire/primordials.ts";
import { SystemCommand } from "../wire/system-command.ts";
import type { GuestClock } from "./clock.ts";
import type { Outbox } from "./outbox.ts";
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
  #session = 0;

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
    this.#disarm();
    const sinceTick = this.#clock.now();
    const fired = (): void => this.#sweep();
    // The kernel has no timer for us: the next call asks for one again.
    const refused = (): void => {
      this.#armedAt = 0;
    };
    const wait = new Wait(
      {
        destination: 0,
        kind: MessageKind.system,
        thread: undefined,
        isAwaited: false,
        sinceTick,
      },
      nothing,
      { resolve: fired, reject: refused, settler: fired },
    );
    this.#waits.open(wait);
    this.#session = wait.session;
    this.#armedAt = deadline;
    const ticks = MathMax((deadline - sinceTick) | 0, 1);
    this.#outbox.writeCommand(SystemCommand.timeout, wait.session, ticks);
  }

  #disarm(): void {
    if (this.#armedAt === 0) return;
    this.#armedAt = 0;
    if (this.#waits.take(this.#session) === undefined) return;
    this.#outbox.writeCommand(SystemCommand.cancel, this.#session, 0);
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
