// Lane turn: one turn of an isolate on the library's thread pool, for a service under a debugger.
// One shard's thread; called by isolate.ts.
// Invariant: settles when the code of the turn has ended, however long it is paused; never rejects.

import { ControlWord } from "../../wire/turn-memory.ts";
import { turnCompleted, type TurnMemory, type TurnResult } from "../kernel/occupant.ts";
import { turnFault } from "./faults.ts";

export type LaneTurnParts = {
  readonly memory: TurnMemory;
  readonly enter: () => Promise<unknown>;
  readonly isDisposed: () => boolean;
  /** The turn was ended by an order (Runtime.terminateExecution). */
  readonly wasInterrupted: () => boolean;
  readonly onRejection: (error: unknown) => void;
};

const interrupted: TurnResult = { kind: "interrupted" };

/** Enters as often as the guest wants to let its continuations run, as a synchronous turn does. */
export async function laneTurn(parts: LaneTurnParts): Promise<TurnResult> {
  const { control } = parts.memory;
  const length = control[ControlWord.inboxLength] as number;
  let read = 0;
  control[ControlWord.inboxRead] = 0;
  for (;;) {
    try {
      await parts.enter();
    } catch (error) {
      if (parts.isDisposed()) return turnFault(error, true, "under a debugger");
      // What ends a turn from outside has no error of its own.
      const isCutOff = control[ControlWord.isEntered] !== 0 || !(error instanceof Error);
      if (isCutOff || parts.wasInterrupted()) return interrupted;
      parts.onRejection(error);
    }
    if (parts.wasInterrupted()) return interrupted;
    const after = control[ControlWord.inboxRead] as number;
    if (after <= read || after >= length) return turnCompleted;
    read = after;
  }
}
