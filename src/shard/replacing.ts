// Replacing: starts a service of this shard, or cell, anew with another text, in its place: its
// address, mailbox, callers and state are kept.
// One worker thread, or a cell's process. Part of control.ts; ordered by the host's hotfix service.
// Invariant: a message that is sent to the service meanwhile waits, in its order, for whichever of
// the two goes on.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { CodedError, isCodedError, asThrown } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { checkedState } from "../../wire/service-state.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import type { GuestService, GuestServices, Replacing } from "./guest-services.ts";
import { refuseDebugged } from "./hold-while.ts";
import type { HostService } from "./host-service.ts";
import { strippedText, type PatchAnswer } from "./patching.ts";
import type { ProgramOrder } from "./program-files.ts";
import type { WatchOrder } from "./recorder.ts";
import type { Shard } from "./shard.ts";

type Replace = (
  address: ServiceAddress,
  order: ProgramOrder,
  watch?: WatchOrder,
) => Promise<PatchAnswer>;

/** The command; fails with REPLACE_FAILED, and with RECORDING_REFUSED when there is a `watch`. */
export function replacements(shard: Shard, guests: GuestServices, service: HostService): Replace {
  const busy = new Set<ServiceAddress>();
  return async (address, order, watch) => {
    const guest = guests.get(address);
    if (guest === undefined || busy.has(address) || guest.record.state !== "running") {
      return { outcome: { kind: "busy", reason: "it is being started or replaced" }, heldMs: 0 };
    }
    const { file } = guest;
    if (watch !== undefined) refuseWatched(guest);
    if (watch?.kind === "shadow") guests.shadows?.refuse(watch, file);
    const { mainText = "" } = order;
    const stripped = order.root === "" ? "" : strippedText(mainText, file);
    if (typeof stripped !== "string") return { outcome: stripped, heldMs: 0 };
    busy.add(address);
    try {
      const program = await guests.programs.load({ ...guest.order, ...order, file });
      return await new Replacement({ shard, guests, service, guest }).run({ program, watch });
    } catch (error) {
      throw replaceFault(asThrown(error), watch === undefined ? undefined : guest.record.name);
    } finally {
      busy.delete(address);
    }
  };
}

type ReplacementParts = {
  readonly shard: Shard;
  readonly guests: GuestServices;
  readonly service: HostService;
  readonly guest: GuestService;
};

class Replacement {
  readonly #shard: Shard;
  readonly #guests: GuestServices;
  readonly #service: HostService;
  readonly #guest: GuestService;

  constructor({ shard, guests, service, guest }: ReplacementParts) {
    this.#shard = shard;
    this.#guests = guests;
    this.#service = service;
    this.#guest = guest;
  }

  async run(by: Omit<Replacing, "state">): Promise<PatchAnswer> {
    const { record } = this.#guest;
    const { kernel } = this.#shard;
    await this.#wholeMessages();
    const startMs = performance.now();
    if (record.mailbox.sentOfHead > 0) {
      return { outcome: { kind: "busy", reason: "it takes in a large message" }, heldMs: 0 };
    }
    record.mailbox.park(this.#service.api.self());
    let state: Uint8Array | undefined;
    try {
      state = await this.#takeState();
      if (state === undefined) {
        const reason = "requests of it are under way, or replies are owed";
        return { outcome: { kind: "busy", reason }, heldMs: performance.now() - startMs };
      }
      await this.#guests.replace(this.#guest, { ...by, state });
      const heldMs = performance.now() - startMs;
      const reason = `${state.length} bytes of state`;
      return { outcome: { kind: "applied", reason, functions: [] }, heldMs };
    } finally {
      // at once when the new one has it; whoever goes on finds what has waited
      if (record.mailbox.isParked) record.mailbox.unpark();
      if (record.state !== "ended") kernel.wake(record);
      this.#shard.onWork();
    }
  }

  /** A message that is handed over in pieces is handed over to the end. */
  async #wholeMessages(): Promise<void> {
    const deadlineMs = performance.now() + limits.replaceIdleMsMax;
    while (this.#guest.record.mailbox.sentOfHead > 0 && performance.now() < deadlineMs) {
      await roundOfEvents();
    }
  }

  /** Its last state; the service is held then. Undefined: it does not come to rest. */
  async #takeState(): Promise<Uint8Array | undefined> {
    const { record } = this.#guest;
    const { api } = this.#service;
    const deadlineMs = performance.now() + limits.replaceIdleMsMax;
    while (performance.now() < deadlineMs) {
      if (!isIdle(record)) {
        await roundOfEvents();
        continue;
      }
      const { messages } = record.stat;
      const to = { to: record.address, timeoutMs: limits.exportMsMax };
      refuseDebugged(this.#guest);
      const state = await api.rawCall(to, "debug", api.pack("EXPORT", "move"));
      refuseDebugged(this.#guest); // it would be waited for
      await this.#guest.work;
      // a timer may have come in between
      const isLast = record.stat.messages === messages + 1 && isIdle(record);
      if (!isLast || state.length === 0) {
        await roundOfEvents();
        continue;
      }
      checkedState(state, limits.checkpointBytesMax);
      this.#shard.kernel.hold(record);
      return state;
    }
    return undefined;
  }
}

/** Two who write down one service's turns would need two of it. */
function refuseWatched({ record, recorder }: GuestService): void {
  if (recorder === undefined || recorder.isOver) return;
  const who = formatAddress(record.address);
  const text = `${who} is recorded, or has a shadow: logoff ${who}, or shadow stop ${who}, first`;
  throw new CodedError("RECORDING_REFUSED", text);
}

/** `watched`: name of a service that was to be looked on, and has to be started anew for it. */
function replaceFault(thrown: unknown, watched: string | undefined): unknown {
  if (!isCodedError(thrown) || thrown.code === "RECORDING_REFUSED") return thrown;
  const isStateless = thrown.code === "COMMAND_UNKNOWN";
  if (isStateless && watched !== undefined) {
    const text =
      "the service runs already and has no exportState with an importState: what it holds in " +
      "memory can be given to no other isolate. To record it from its start: logon next " +
      `${watched} and start it again, or launch it with record: true`;
    return new CodedError("RECORDING_REFUSED", text);
  }
  const text = isStateless ? "it has no exportState handler: its state would be lost" : "";
  return new CodedError("REPLACE_FAILED", text || `${thrown.code}: ${thrown.message}`, thrown.code);
}

/** What the guest says of its threads is not trusted: it loses its own work if that is wrong. */
function isIdle(record: ServiceRecord): boolean {
  const { mailbox, occupant, unreadBytes, assembly, holds, isInTurn, isExiting } = record;
  const suspended = occupant.memory.control[ControlWord.suspended] as number;
  const isQuiet = suspended === 0 && mailbox.depth === 0 && unreadBytes < 0 && !isInTurn;
  const isRunning = record.state === "running" && holds === 0 && !isExiting;
  return isQuiet && isRunning && assembly === undefined;
}

function roundOfEvents(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 1));
}
