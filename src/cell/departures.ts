// Departures: the orders by which a cell gives a service away to another cell: its state is taken,
// then it leaves, or stays after all.
// A cell's process. Part of its control service; ordered by the host's relocation.
// Invariant: between `depart` and `leave` or `stay` the service has no turn, so the state that was
// taken is its last.

import type { ServiceAddress } from "../../wire/address.ts";
import { limits } from "../../wire/limits.ts";
import { checkedState } from "../../wire/service-state.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import type { HostService } from "../shard/host-service.ts";
import type { Shard } from "../shard/shard.ts";

type Departure = {
  readonly record: ServiceRecord;
  isHeld: boolean;
  /** The host has not said what is to become of it: it stays. */
  expiry: NodeJS.Timeout | undefined;
};

const idleTicksMax = 10;

export type DepartureOrders = {
  readonly depart: (address: ServiceAddress, bytesMax: number) => Promise<Uint8Array | undefined>;
  readonly leave: (address: ServiceAddress) => boolean;
  readonly stay: (address: ServiceAddress) => void;
};

export function departures(shard: Shard, { api }: HostService): DepartureOrders {
  const { kernel } = shard;
  const open = new Map<ServiceAddress, Departure>();
  const depart = async (
    address: ServiceAddress,
    bytesMax: number,
  ): Promise<Uint8Array | undefined> => {
    const record = kernel.services.get(address);
    if (record === undefined || open.has(address)) return undefined;
    const departure: Departure = { record, isHeld: false, expiry: undefined };
    open.set(address, departure);
    try {
      // Nothing more comes to it from other cells: it has a moment to finish what it has.
      for (let waits = 0; !isIdle(record) && waits < idleTicksMax; waits++) await api.sleep(1);
      if (!isIdle(record)) return undefined;
      const { messages } = record.stat;
      const to = { to: address, timeoutMs: limits.exportMsMax };
      const state = await api.rawCall(to, "debug", api.pack("EXPORT", "move"));
      // An order to stay may have come meanwhile, a neighbour's message, or a timer.
      const isLast = open.get(address) === departure && record.stat.messages === messages + 1;
      if (!isLast || !isIdle(record) || state.length === 0) return undefined;
      checkedState(state, bytesMax);
      kernel.hold(record);
      departure.isHeld = true;
      departure.expiry = setTimeout(() => stay(address), 2 * limits.relocateMsMax);
      return state;
    } finally {
      if (!departure.isHeld && open.get(address) === departure) open.delete(address);
    }
  };
  const close = (address: ServiceAddress): ServiceRecord | undefined => {
    const departure = open.get(address);
    open.delete(address);
    clearTimeout(departure?.expiry);
    if (departure?.isHeld !== true) return undefined;
    return departure.record.state === "ended" ? undefined : departure.record;
  };
  const stay = (address: ServiceAddress): void => {
    const record = close(address);
    if (record !== undefined) kernel.release(record);
  };
  return {
    depart,
    leave: (address) => {
      const record = close(address);
      if (record === undefined) return false;
      record.hasMoved = true;
      kernel.end(record, "ADDRESS_DEAD", "the service has moved to another cell");
      return true;
    },
    stay,
  };
}

/**
 * What the guest says of its threads is not trusted: it loses its own messages if that is wrong.
 */
function isIdle(record: ServiceRecord): boolean {
  const { state, mailbox, occupant, unreadBytes, assembly, holds, isExiting, isInTurn } = record;
  const suspended = occupant.memory.control[ControlWord.suspended] as number;
  const isEmpty = mailbox.depth === 0 && !mailbox.isParked;
  const isQuiet = suspended === 0 && isEmpty && unreadBytes < 0 && !isInTurn;
  return isQuiet && state === "running" && assembly === undefined && holds === 0 && !isExiting;
}
