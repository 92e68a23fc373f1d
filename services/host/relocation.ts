// Relocation: moves the services of a cell that is to be recycled to other cells, one by one, with
// their state and behind their messages.
// Shard 0. Told by the host when a cell drains; works on the launcher's records.
// Invariant: a service is parked from before its state is taken until it runs again, in its old
// cell or its new one, or has ended for its callers too; each step has a deadline.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { asThrown, isCodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { ServiceEnding } from "../../wire/service-ending.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { LaunchOrder } from "./launch-order.ts";

/** What the host does about cells and the messages to their services. */
export type CellMoves = {
  readonly servicesOf: (place: number) => readonly Address[];
  /** False from the end of the cell on. */
  readonly isDraining: (place: number) => boolean;
  /** It is about to be killed for its size. */
  readonly isUrgent: (place: number) => boolean;
  readonly park: (address: Address, terms: ServiceTerms) => void;
  /** Messages go on to where the service is. */
  readonly unpark: (address: Address) => void;
  /** The service has left its cell, and is about to be created in another one. */
  readonly rehouse: (address: Address, place: number, owner: string) => void;
  /** It could not be created there. */
  readonly evict: (address: Address) => void;
  /** It has ended, for everybody. */
  readonly end: (address: Address, place: number, ending: ServiceEnding) => void;
  /** Largest state that an order to create a service can carry. */
  readonly stateBytesMax: number;
};

/** A service as the launcher knows it. */
export type Movable = {
  readonly order: LaunchOrder;
  readonly args: readonly unknown[];
  readonly isKilled: boolean;
  /** Its cell. */
  readonly shard: number;
  /** Number of its present life (ServiceEnding.incarnation). */
  readonly life: number;
  /** It has a restart policy. */
  readonly isSupervised: boolean;
};

export type RelocationPowers = {
  readonly cells: CellMoves;
  /** Undefined when the service is not there, or is trusted. */
  readonly find: (address: Address) => Movable | undefined;
  readonly settleAt: (address: Address, place: number) => void;
  /** Fails with CELLS_FULL, OWNER_REFUSED. */
  readonly place: (terms: ServiceTerms) => number | Promise<number>;
  readonly controlOf: (place: number) => Address;
  readonly orderFor: (place: number, order: LaunchOrder) => LaunchOrder;
  readonly createMsMax: number;
  readonly log: (address: Address, text: string, level?: "warn" | "error") => void;
};

type Move = {
  /** It has left its old cell. */
  isArriving: boolean;
  /** How its new life has ended, when it did before it was ready. */
  ending: ServiceEnding | undefined;
  /** It has ended in its old cell: others have seen to that. */
  isOver: boolean;
  readonly done: Promise<void>;
};

type Outcome = "moved" | "busy" | "fixed";

const triesMax = 2; // of its creation elsewhere
const pauseMsMin = 100;
const pauseMsMax = 5000;

export class Relocation {
  readonly #isonet: typeof Isonet;
  readonly #powers: RelocationPowers;
  readonly #moves = new Map<Address, Move>();
  readonly #draining = new Set<number>();

  constructor(isonet: typeof Isonet, powers: RelocationPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
  }

  /** The cell at this place is to be emptied. */
  drain(place: number): void {
    if (this.#draining.has(place)) return;
    this.#draining.add(place);
    void this.#drain(place).finally(() => this.#draining.delete(place));
  }

  /** Resolves when the service is not on its way: at once as a rule. */
  async settled(address: Address): Promise<void> {
    await this.#moves.get(address)?.done;
  }

  /**
   * The service has ended, or its cell with it. True when it is on its way, and started once more
   * or told of from here.
   */
  hears(address: Address, ending: ServiceEnding): boolean {
    const move = this.#moves.get(address);
    if (move === undefined) return false;
    if (move.isArriving) move.ending = ending;
    else move.isOver = true;
    return move.isArriving;
  }

  async #drain(place: number): Promise<void> {
    const { cells } = this.#powers;
    const fixed = new Set<Address>();
    let pauseMs = pauseMsMin;
    while (cells.isDraining(place)) {
      let moved = 0;
      for (const address of cells.servicesOf(place)) {
        if (fixed.has(address)) continue;
        const outcome = await this.#tryMove(address, place);
        if (outcome === "moved") moved++;
        else if (outcome === "fixed") fixed.add(address);
      }
      if (cells.isUrgent(place)) this.#restartFixed(fixed, place);
      pauseMs = moved > 0 ? pauseMsMin : Math.min(pauseMs * 2, pauseMsMax);
      await pause(pauseMs);
    }
  }

  async #tryMove(address: Address, from: number): Promise<Outcome> {
    const movable = this.#powers.find(address);
    if (movable === undefined || movable.isKilled || movable.shard !== from) return "busy";
    const { promise, resolve } = Promise.withResolvers<void>();
    const move: Move = { isArriving: false, ending: undefined, isOver: false, done: promise };
    try {
      await this.#powers.place(movable.order.terms); // there is room, and the owner may have it
      const isThere = this.#powers.find(address)?.shard === from;
      if (!isThere || this.#moves.has(address)) return "busy"; // or on its way to here
      this.#moves.set(address, move);
      this.#powers.cells.park(address, movable.order.terms);
      return await this.#move(address, from, move);
    } catch (error) {
      if (this.#moves.get(address) === move) this.#powers.cells.unpark(address);
      this.#powers.log(address, `not moved: ${textOf(error)}`, "warn");
      return "busy";
    } finally {
      if (this.#moves.get(address) === move) this.#moves.delete(address);
      resolve();
    }
  }

  async #move(address: Address, from: number, move: Move): Promise<Outcome> {
    const { cells, controlOf } = this.#powers;
    const taken = await this.#takeState(address, from);
    if (move.isOver) return "moved";
    if (taken instanceof Uint8Array && this.#powers.find(address)?.isKilled === false) {
      const hasLeft = await this.#ask<boolean>(controlOf(from), "leave", [address]).catch(
        () => true, // held there, and heard no more: with its state it goes on elsewhere
      );
      if (move.isOver) return "moved";
      if (hasLeft) {
        await this.#arrive(address, taken, move);
        return "moved";
      }
    } else {
      this.#isonet.send(controlOf(from), "lua", "stay", address);
    }
    cells.unpark(address);
    return taken === "fixed" ? "fixed" : "busy";
  }

  async #takeState(address: Address, from: number): Promise<Uint8Array | Outcome> {
    const { cells, controlOf } = this.#powers;
    try {
      const bytesMax = Math.min(limits.checkpointBytesMax, cells.stateBytesMax);
      const args = [address, bytesMax];
      return (await this.#ask<Uint8Array | undefined>(controlOf(from), "depart", args)) ?? "busy";
    } catch (error) {
      const thrown = asThrown(error);
      if (isCodedError(thrown) && thrown.code === "COMMAND_UNKNOWN") return "fixed";
      this.#powers.log(address, `not moved: ${textOf(thrown)}`, "warn");
      return "busy";
    }
  }

  /** Its old cell has nothing of it any more: it is created elsewhere, or has ended. */
  async #arrive(address: Address, state: Uint8Array, move: Move): Promise<void> {
    const { cells, find, log } = this.#powers;
    const from = find(address)?.shard;
    move.isArriving = true;
    let why = "";
    for (let tries = 0; tries < triesMax; tries++) {
      move.ending = undefined;
      try {
        if (await this.#create(address, state)) {
          cells.unpark(address);
          const to = find(address)?.shard;
          log(address, `MOVED from cell ${from} to cell ${to}, ${state.length} bytes of state`);
          return;
        }
        break; // by its own exit
      } catch (error) {
        why = textOf(asThrown(error));
        cells.evict(address);
        log(address, `could not be created in another cell: ${why}`, "warn");
      }
    }
    this.#giveUp(address, move, why);
  }

  async #create(address: Address, state: Uint8Array): Promise<boolean> {
    const { cells, find, place, orderFor, controlOf, settleAt, createMsMax } = this.#powers;
    const terms = find(address)?.order.terms as ServiceTerms;
    const to = await place(terms);
    settleAt(address, to);
    cells.rehouse(address, to, terms.owner);
    const { order, args, life } = find(address) as Movable;
    const rebirth = { ...order, state, incarnation: life, isFromElsewhere: true };
    try {
      const values = [orderFor(to, rebirth), ...args];
      return await this.#ask<boolean>(controlOf(to), "create", values, createMsMax);
    } catch (error) {
      const isLate = isCodedError(error) && error.code === "CALL_TIMEOUT";
      if (isLate) this.#isonet.send(controlOf(to), "lua", "kill", address);
      throw error;
    }
  }

  /** A crash, for its supervisor and for everybody who waits. */
  #giveUp(address: Address, { ending }: Move, why: string): void {
    const movable = this.#powers.find(address);
    this.#moves.delete(address);
    if (movable === undefined) return;
    const { life, isSupervised, shard } = movable;
    const text = `lost on its way to another cell: ${why}`;
    const lost = { code: "CELL_LOST", text, isKept: isSupervised, hasExited: false } as const;
    const told = ending?.incarnation === life ? ending : { ...lost, incarnation: life };
    this.#powers.cells.end(address, shard, told);
  }

  /** The cell would be killed soon: what starts again by itself starts elsewhere. */
  #restartFixed(fixed: ReadonlySet<Address>, place: number): void {
    const { find, cells, log, controlOf } = this.#powers;
    for (const address of fixed) {
      const movable = find(address);
      if (movable === undefined || movable.shard !== place || !movable.isSupervised) continue;
      log(address, "restarted elsewhere: its cell is recycled for its size", "warn");
      const text = "recycled: the cell is about to go over its memory (cellMemoryMb)";
      const { life: incarnation } = movable;
      const ending = { text, isKept: true, hasExited: false, incarnation, isInnocent: true };
      cells.end(address, place, { ...ending, code: "CELL_LOST" });
      this.#isonet.send(controlOf(place), "lua", "kill", address);
    }
  }

  async #ask<T>(
    to: Address,
    command: string,
    args: readonly unknown[],
    timeoutMs: number = limits.relocateMsMax,
  ): Promise<T> {
    return (await this.#isonet.call({ to, timeoutMs }, "lua", command, ...args)) as T;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
