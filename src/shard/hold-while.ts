// Hold while: keeps a service out of turns while somebody works on its isolate; the others go on.
// One worker thread. Used by control.ts and idle-collector.ts.
// Invariant: one piece of work at a time on one isolate: V8's inspector does not bear two sessions
// that overlap.

import { CodedError } from "../../wire/coded-error.ts";
import { formatAddress } from "../../wire/address.ts";
import type { GuestService } from "./guest-services.ts";
import type { Shard } from "./shard.ts";

/**
 * Runs `work` after the work before it. Fails with DEBUGGER_ATTACHED, and with ADDRESS_DEAD when
 * the service has ended meanwhile.
 */
export function holdWhile<T>(
  shard: Shard,
  guest: GuestService,
  work: () => Promise<T>,
): Promise<T> {
  const { record, debugger: attached } = guest;
  if (attached !== undefined) {
    const text = `a debugger is attached to ${formatAddress(record.address)} (${attached.who})`;
    return Promise.reject(new CodedError("DEBUGGER_ATTACHED", text));
  }
  const run = async (): Promise<T> => {
    if (record.state === "ended") {
      throw new CodedError("ADDRESS_DEAD", `service ${formatAddress(record.address)} has ended`);
    }
    shard.kernel.hold(record);
    try {
      return await work();
    } finally {
      shard.kernel.release(record);
      shard.onWork();
    }
  };
  const result = guest.work.then(run);
  guest.work = result.then(ignore, ignore);
  return result;
}

function ignore(): void {}
