// Debug orders: the part of the control service through which a debugger on shard 0 works on a
// service here.
// One shard's thread, in a cell as well; called by services/host/debugging.ts.
// Invariant: only the attachment whose ticket is given is spoken to, and what it is told carries
// that ticket.

import { makeAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import { clientIdMax } from "../engine/debug-session.ts";
import { DebugLane } from "./debug-lane.ts";
import type { GuestServices } from "./guest-services.ts";
import { refuseDebugged } from "./hold-while.ts";
import type { HostService } from "./host-service.ts";
import type { Shard } from "./shard.ts";

const pieceCharsMax = 64 * 1024; // a character is up to three bytes
const frameBytes = 256;

export type DebugAttachOrder = {
  readonly ticket: number;
  readonly who: string;
  readonly pauseMsMax: number;
};

type Open = { readonly ticket: number; readonly lane: DebugLane };

export function debugOrders(
  shard: Shard,
  guests: GuestServices,
  { api }: HostService,
): Record<string, (...args: never[]) => unknown> {
  const open = new Map<ServiceAddress, Open>();
  const { node, messageBytesMax } = shard.options;
  const hostControl = makeAddress(node, wellKnown.shardControl);
  const send = (...values: unknown[]): void => api.send(hostControl, "lua", ...values);
  const laneOf = (address: ServiceAddress, ticket: number): DebugLane | undefined => {
    const found = open.get(address);
    return found?.ticket === ticket ? found.lane : undefined;
  };
  const attach = async (address: ServiceAddress, order: DebugAttachOrder): Promise<unknown> => {
    const guest = guests.find(address);
    // One that is leaving is waited for.
    if (guest.debugger?.isClosing === true) await guest.work;
    refuseDebugged(guest);
    const { ticket, who, pauseMsMax } = order;
    const lane = new DebugLane(shard, guests, guest, {
      who,
      pauseMsMax,
      onMessage: (text) => {
        for (const [piece, isLast] of piecesOf(text, messageBytesMax))
          send("debugged", address, ticket, piece, isLast);
      },
      onClosed: (reason) => {
        if (open.get(address)?.lane === lane) open.delete(address);
        send("debugClosed", address, ticket, reason);
      },
    });
    open.set(address, { ticket, lane });
    await lane.open();
    return guest.isolate.scopePlace;
  };
  return {
    debugAttach: attach,
    debugSend: (address: ServiceAddress, ticket: number, id: number, text: string) => {
      if (id > 0 && id <= clientIdMax) laneOf(address, ticket)?.session?.pass(id, text);
    },
    debugScope: async (address: ServiceAddress, ticket: number) => {
      if (laneOf(address, ticket) === undefined) return;
      await guests.get(address)?.isolate.enterScope();
      laneOf(address, ticket)?.collect();
    },
    debugInterrupt: (address: ServiceAddress, ticket: number) =>
      laneOf(address, ticket)?.interrupt(),
    debugDetach: async (address: ServiceAddress, ticket: number) => {
      await laneOf(address, ticket)?.close("detached");
    },
  };
}

/** A message's text in pieces that fit into messages of this size, each with whether it is last. */
function* piecesOf(text: string, messageBytesMax: number): IterableIterator<[string, boolean]> {
  const chars = Math.min(pieceCharsMax, Math.floor((messageBytesMax - frameBytes) / 3));
  for (let at = 0; at < text.length; at += chars)
    yield [text.slice(at, at + chars), at + chars >= text.length];
}
