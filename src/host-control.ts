// Host control: the host service that the control services of shards and cells report to, and that
// cells ask for programs.
// Shard 0, at wellKnown.shardControl. Registered by host-services.ts.
// Invariant: what a cell says counts for the services that live there, and for no other.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import type { Debugging } from "../services/host/debugging.ts";
import type { Launched } from "../services/host/launched.ts";
import type { Launcher } from "../services/host/launcher.ts";
import type { ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import type { ServiceEnding } from "../wire/service-ending.ts";
import type { LostCell } from "./cell/cells.ts";
import type { Containment } from "./containment.ts";
import type { Recordings } from "./recordings.ts";
import type { Shards } from "./shards.ts";

export type HostControlParts = {
  readonly shards: Shards;
  /** Control service of each worker shard, by its index. */
  readonly controls: ReadonlyMap<number, Address>;
  readonly launcher: Launcher;
  readonly launched: Launched;
  readonly containment: Containment;
  readonly debugging: Debugging;
  readonly recordings: Recordings;
};

export function hostControl(isonet: typeof Isonet, parts: HostControlParts): void {
  const { shards } = parts;
  const { cells } = shards;
  const placesByControl = new Map([...parts.controls].map(([place, control]) => [control, place]));
  const placeOfCaller = (): number | undefined => {
    const control = isonet.context()?.source as Address;
    return placesByControl.get(control) ?? cells.placeOfControl(control);
  };
  const ofCell = (address: Address): ServiceAddress => {
    const place = placeOfCaller();
    if (place !== undefined && cells.homeOf(address) === place) return address;
    throw new CodedError("NOT_PERMITTED", "a cell asks for programs of its own services only");
  };
  isonet.commands({
    ended: (address: Address, ending: ServiceEnding) => {
      const place = placeOfCaller(); // only a shard knows who has ended
      if (place !== undefined) ended(parts, place, address, ending);
    },
    struck: (address: Address, figures: unknown) => {
      const place = placeOfCaller();
      if (place === undefined) return;
      parts.containment.interrupted(place, address, figures);
    },
    debugged: (address: Address, ticket: unknown, piece: unknown, isLast: unknown) =>
      parts.debugging.heard(placeOfCaller(), address, ticket, piece, isLast),
    debugClosed: (address: Address, ticket: unknown, reason: unknown) =>
      parts.debugging.closed(placeOfCaller(), address, ticket, reason),
    recorded: (id: unknown, bytes: unknown, isLast: unknown) =>
      parts.recordings.take(placeOfCaller(), id, bytes, isLast),
    program: (address: Address) => cells.sources.main(ofCell(address)),
    module: (address: Address, specifier: unknown, importer: unknown) =>
      cells.sources.module(ofCell(address), specifier, importer),
  });
  cells.onLost = (lost) => cellLost(parts, lost);
  cells.onDraining = (place) => parts.launcher.relocation.drain(place);
  shards.onEndless = (control, address) => isonet.send(control, "lua", "endless", address);
}

/** A cell cannot release the addresses of its services itself. */
function ended(
  { shards, launcher, containment }: HostControlParts,
  place: number,
  address: ServiceAddress,
  ending: ServiceEnding,
): void {
  if (shards.isCell(place)) {
    if (shards.cells.homeOf(address) !== place) return;
    if (ending.code === "MEMORY_LIMIT") containment.outOfMemory(place, address, ending.text);
    if (launcher.relocation.hears(address, ending)) return;
    const isKept = launcher.lifeOf(address).isKept && ending.isKept;
    endOfCell({ shards, launcher }, place, address, { ...ending, isKept, isInnocent: false });
    return;
  }
  shards.left(place, address);
  launcher.ended(address, ending);
}

/** A service of a cell has ended. */
export function endOfCell(
  { shards, launcher }: Pick<HostControlParts, "shards" | "launcher">,
  place: number,
  address: ServiceAddress,
  ending: ServiceEnding,
): void {
  leave(shards, address, ending.isKept);
  const { cells } = shards;
  // Those who have called it in another cell are known here only.
  if (cells.hasMoved(place, address)) cells.tellCallers(place, address, [ending.code, ending.text]);
  shards.left(place, address);
  launcher.ended(address, ending);
}

function cellLost(parts: HostControlParts, lost: LostCell): void {
  const { shards, launcher, launched, containment, debugging } = parts;
  const { blamed, place, services, text } = lost;
  parts.recordings.placeLost(place);
  // Turns under a debugger run beside others: whose fault it was, the mark does not tell.
  const isKnown = blamed !== undefined && !services.some((one) => debugging.isAttached(one));
  containment.cellLost(lost, isKnown ? launched.get(blamed)?.owner : undefined);
  for (const address of services) {
    const { isKept, incarnation } = launcher.lifeOf(address);
    const lives = { isKept, incarnation, hasExited: false };
    const isInnocent = address !== blamed;
    const ending = { code: "CELL_LOST", text, isInnocent, ...lives } as const;
    if (launcher.relocation.hears(address, ending)) {
      shards.cells.parking.arrive(address, place);
      continue;
    }
    endOfCell({ shards, launcher }, place, address, ending);
  }
}

function leave({ directory, cells }: Shards, address: ServiceAddress, isKept: boolean): void {
  if (isKept) directory.suspend(address);
  else directory.release(address);
  cells.parking.drop(address);
}
