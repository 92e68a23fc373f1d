// Hold while: keeps a service out of turns while somebody works on its isolate; the others go on.
// One worker thread. Used by control.ts and idle-collector.ts.
// Invariant: one piece of work at a time on one isolate: V8's inspector does not bear two sessions
// that overlap.

import { CodedError } from "../../wire/coded-error.ts";
import { formatAddress } from "../../wire/address.ts";
import { debuggerAttached } from "../../wire/debugger-attached.ts";
import type { GuestService } from "./guest-services.ts";
import type { Shard } from "./shard.ts";

/**
 * Runs `work` after the work before it. Fails with DEBUGGER_ATTACHED, and with ADDRESS_DEAD when
 * the service has ended meanwhile.
 */
export async function holdWhile<T>(
  shard: Shard,
  guest: GuestService,
  work: () => Promise<T>,
): Promise<T> {
  refuseDebugged(guest);
  return inLine(guest, () => held(shard, guest, work));
}

/** Runs `work` after the work before it, without holding the service. Fails with ADDRESS_DEAD. */
export function inLine<T>(guest: GuestService, work: () => Promise<T>): Promise<T> {
  const result = guest.work.then(async () => {
    if (guest.record.state === "ended") throw ended(guest);
    return work();
  });
  guest.work = result.then(ignore, ignore);
  return result;
}

/** Holds the service for `work`, at once: for a part of what is in line. */
export async function held<T>(
  shard: Shard,
  { record }: GuestService,
  work: () => Promise<T>,
): Promise<T> {
  shard.kernel.hold(record);
  try {
    return await work();
  } finally {
    shard.kernel.release(record);
    shard.onWork();
  }
}

/** Fails with DEBUGGER_ATTACHED. */
export function refuseDebugged({ record, debugger: attached }: GuestService): void {
  if (attached !== undefined) throw debuggerAttached(record.address, attached.who);
}

export function ended({ record }: GuestService): CodedError {
  return new CodedError("ADDRESS_DEAD", `service ${formatAddress(record.address)} has ended`);
}

function ignore(): void {}
