// Replacing: starts a service of this shard, or cell, anew with another text, in its place: its
// address, mailbox, callers and state are kept.
// One worker thread, or a cell's process. Part of control.ts; ordered by the host's hotfix service.
// Invariant: a message that is sent to the service meanwhile waits, in its order, for whichever of
// the two goes on.

import type { ServiceAddress } from "../../wire/address.ts";
import { CodedError, isCodedError, asThrown } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { checkedState } from "../../wire/service-state.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { Program } from "../engine/engine.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import type { GuestService, GuestServices } from "./guest-services.ts";
import type { HostService } from "./host-service.ts";
import { strippedText, type PatchAnswer } from "./patching.ts";
import type { ProgramOrder } from "./program-files.ts";
import type { Shard } from "./shard.ts";

type Replace = (address: ServiceAddress, order: ProgramOrder) => Promise<PatchAnswer>;

/** The command; fails with REPLACE_FAILED, ADDRESS_UNKNOWN. */
export function replacements(shard: Shard, guests: GuestServices, service: HostService): Replace {
  const busy = new Set<ServiceAddress>();
  return async (address, order) => {
    const guest = guests.get(address);
    if (guest === undefined || busy.has(address) || guest.record.state !== "running") {
      return { outcome: { kind: "busy", reason: "it is being started or replaced" }, heldMs: 0 };
    }
    const { file } = guest;
    const { mainText = "" } = order;
    const stripped = order.root === "" ? "" : strippedText(mainText, file);
    if (typeof stripped !== "string") return { outcome: stripped, heldMs: 0 };
    busy.add(address);
    try {
      const program = await guests.programs.load({ ...guest.order, ...order, file });
      return await new Replacement(shard, guests, service, guest).run(program);
    } catch (error) {
      throw replaceFault(asThrown(error));
    } finally {
      busy.delete(address);
    }
  };
}

class Replacement {
  readonly #shard: Shard;
  readonly #guests: GuestServices;
  readonly #service: HostService;
  readonly #guest: GuestService;

  constructor(shard: Shard, guests: GuestServices, service: HostService, guest: GuestService) {
    this.#shard = shard;
    this.#guests = guests;
    this.#service = service;
    this.#guest = guest;
  }

  async run(program: Program): Promise<PatchAnswer> {
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
      await this.#guests.replace(this.#guest, program, state);
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
      const state = await api.rawCall(to, "debug", api.pack("EXPORT", "move"));
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

function replaceFault(thrown: unknown): unknown {
  if (!isCodedError(thrown)) return thrown;
  const isStateless = thrown.code === "COMMAND_UNKNOWN";
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
