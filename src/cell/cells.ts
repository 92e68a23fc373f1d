// Cells: the processes of a host's untrusted services: which there are, who goes where, and what
// becomes of those whose process ends.
// Main thread. Made by shards.ts; asked by the launcher for each untrusted service.
// Invariant: nobody waits on a service of a cell that has ended: its callers are told as it ends.

import { formatAddress, localIdOf, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { encodeFault } from "../../wire/fault.ts";
import { ProgramSources } from "./program-sources.ts";
import { Cell, type CellLoss, type CellSetting } from "./cell.ts";
import { findConfinement, type Confinement } from "./confinement.ts";
import { chooseCell } from "./choose-cell.ts";
import type { Guard } from "./cell-link.ts";
import type { Directory } from "../kernel/directory.ts";
import type { Shard } from "../shard/shard.ts";

export type CellsSetting = {
  readonly shard: Shard;
  readonly directory: Directory;
  readonly tickZeroMs: number;
  /** First place behind the host's shards. */
  readonly firstPlace: number;
  readonly cellsMax: number;
  readonly servicesMax: number;
  readonly stallMs: number;
  readonly memoryMb: number;
};

/** A cell that has ended, with the services that were on it. */
export type CellIncident = {
  readonly place: number;
  readonly pid: number;
  readonly text: string;
  readonly blamed: ServiceAddress | undefined;
  readonly stderr: string;
  readonly services: readonly ServiceAddress[];
};

/** One cell for people. */
export type CellFigures = {
  readonly place: number;
  readonly pid: number;
  readonly state: "starting" | "running" | "spare";
  readonly services: number;
  readonly waiting: number;
  readonly rssBytes: number;
  readonly ageMs: number;
  readonly refused: number;
};

const nodePlace = 0;
const failuresMax = 3; // a process that never starts is not started for ever
const placeMax = 239; // a control service's local id, shardControl + place, is below the guests'

export class Cells {
  readonly sources = new ProgramSources();
  readonly #setting: CellsSetting;
  readonly #cells = new Map<number, Cell>();
  readonly #owners = new Map<ServiceAddress, string>();
  #spare: Cell | undefined;
  #confinement: Promise<Confinement> | undefined;
  #isStopping = false;
  /** Processes in a row that ended before they had answered once. */
  #failures = 0;
  /** Set by the host: what a service's launch does not allow. Until then nothing may be sent. */
  guard: Guard = () => ({ code: "CAPABILITY_MISSING", text: "the host is not up" });
  /** Set by the host: a service of a cell has ended with it. */
  onLost: (incident: CellIncident) => void = () => {};

  constructor(setting: CellsSetting) {
    this.#setting = setting;
  }

  /** Control service of each cell, by its place. */
  *controls(): IterableIterator<[number, ServiceAddress]> {
    for (const { place, control } of this.#cells.values()) yield [place, control];
  }

  placeOfControl(control: ServiceAddress): number | undefined {
    for (const cell of this.#cells.values()) if (cell.control === control) return cell.place;
    return undefined;
  }

  /** Place for a new service of this owner. Fails with NOT_AVAILABLE, CELLS_FULL. */
  async place(owner: string): Promise<number> {
    const { cellsMax, servicesMax } = this.#setting;
    if (cellsMax === 0) {
      throw new CodedError("NOT_AVAILABLE", "this host runs no untrusted services: cells is 0");
    }
    const confinement = await this.#findConfinement();
    const loads = [...this.#cells.values()].map(({ place, link }) => ({
      place,
      services: link.services.size - 1,
      ofOwner: this.#ofOwner(place, owner),
    }));
    const choice = chooseCell(loads, { cellsMax, servicesMax });
    if (choice === "full") {
      const text = `${cellsMax} cells (cells) hold ${servicesMax} services each (cellServicesMax)`;
      throw new CodedError("CELLS_FULL", text);
    }
    return choice === "new" ? this.#open(confinement).place : choice;
  }

  #ofOwner(place: number, owner: string): number {
    const { directory } = this.#setting;
    let count = 0;
    for (const [address, name] of this.#owners) {
      if (name === owner && directory.shardOf(address) === place) count++;
    }
    return count;
  }

  /** The service at this address is about to be created on the cell. */
  join(place: number, address: ServiceAddress, owner: string): void {
    this.#cells.get(place)?.link.join(address);
    this.#owners.set(address, owner);
  }

  /** True when `address` has sent the service of a cell a request. */
  isCaller(service: ServiceAddress, address: ServiceAddress): boolean {
    const cell = this.#cells.get(this.#setting.directory.shardOf(service));
    return cell?.link.services.get(service)?.has(address) === true;
  }

  /** A service of a cell has ended, or was never there. */
  left(place: number, address: ServiceAddress): void {
    this.#cells.get(place)?.link.services.delete(address);
    this.#owners.delete(address);
    this.sources.close(address);
  }

  figures(): CellFigures[] {
    const all = [...this.#cells.values()];
    if (this.#spare !== undefined) all.push(this.#spare);
    return all.map((cell) => ({
      place: cell.place,
      pid: cell.pid,
      state: cell === this.#spare ? "spare" : cell.isReady ? "running" : "starting",
      services: cell.link.services.size - 1,
      waiting: cell.pulse.waiting,
      rssBytes: cell.rssBytes,
      ageMs: Math.round(performance.now() - cell.bornMs),
      refused: cell.link.refused,
    }));
  }

  /** Ends every process. Whoever waits on a service of theirs is told HOST_STOPPING. */
  stop(): void {
    this.#isStopping = true;
    for (const cell of this.#cells.values()) cell.kill("the host is shutting down");
    this.#spare?.kill("the host is shutting down");
    for (const cell of this.#cells.values()) this.#answer(cell, "HOST_STOPPING", "");
  }

  #findConfinement(): Promise<Confinement> {
    this.#confinement ??= findConfinement().then((found) => {
      const missing = found.missing.length === 0 ? "" : `; missing: ${found.missing.join(", ")}`;
      const text = `cells are confined by: ${found.present.join(", ")}${missing}`;
      this.#setting.shard.log(missing === "" ? "info" : "warn", 0 as ServiceAddress, text);
      return found;
    });
    return this.#confinement;
  }

  /** The spare becomes a cell in use, and another one takes its part. */
  #open(confinement: Confinement): Cell {
    const cell = this.#spare ?? this.#spawn(confinement);
    this.#spare = undefined;
    this.#cells.set(cell.place, cell);
    const { shard, directory } = this.#setting;
    directory.occupy(localIdOf(cell.control), cell.place);
    shard.links.add(cell.place, {
      writer: cell.link,
      reader: cell.reader,
      onFrame: cell.link.onFrame,
    });
    setImmediate(() => this.#keepSpare(confinement));
    return cell;
  }

  readonly #keepSpare = (confinement: Confinement): void => {
    if (this.#spare === undefined && !this.#isStopping) this.#spare = this.#spawn(confinement);
  };

  #spawn(confinement: Confinement): Cell {
    const { shard, tickZeroMs, stallMs, memoryMb } = this.#setting;
    const guard: Guard = (source, words, at) => this.guard(source, words, at);
    const setting: CellSetting = { shard, tickZeroMs, confinement, guard, stallMs, memoryMb };
    const cell: Cell = new Cell(this.#freePlace(), setting, (loss) => this.#lost(cell, loss));
    return cell;
  }

  /** Its process is gone. */
  #lost(cell: Cell, loss: CellLoss): void {
    const { shard, directory } = this.#setting;
    if (cell === this.#spare) this.#spare = undefined;
    shard.links.remove(cell.place);
    this.#cells.delete(cell.place);
    directory.release(cell.control);
    const inTurn = loss.blamed === undefined ? "" : `, in ${formatAddress(loss.blamed)}`;
    const words = cell.isReady ? "" : `: ${firstError(loss.stderr)}`;
    const text = `cell ${cell.place} (process ${cell.pid}) was lost: ${loss.how}${inTurn}${words}`;
    const services = this.#isStopping ? [] : this.#answer(cell, "CELL_LOST", text);
    this.#failures = cell.isReady ? 0 : this.#failures + 1;
    if (this.#isStopping) return;
    const { place, pid } = cell;
    this.onLost({ place, pid, text, blamed: loss.blamed, stderr: loss.stderr, services });
    if (this.#failures < failuresMax) void this.#findConfinement().then(this.#keepSpare);
  }

  /** Tells the callers of every service of the cell; the services' addresses. */
  #answer(cell: Cell, code: ErrorCode, text: string): ServiceAddress[] {
    const { directory } = this.#setting;
    const services = [...cell.link.services.keys()];
    const fault = encodeFault(code, text);
    // Nobody answers for them from here on: first, so that nothing is written to the cell.
    for (const address of services) directory.place(address, nodePlace);
    for (const address of services) cell.link.answerCallers(address, fault);
    cell.link.services.clear();
    directory.release(cell.control);
    return services.filter((address) => address !== cell.control);
  }

  #freePlace(): number {
    const { firstPlace } = this.#setting;
    for (let place = firstPlace; place <= placeMax; place++) {
      if (!this.#cells.has(place) && this.#spare?.place !== place) return place;
    }
    throw new CodedError("CELLS_FULL", `every place up to ${placeMax} is taken`);
  }
}

/** The line that names the error, of what a process that could not start has said. */
function firstError(stderr: string): string {
  const lines = stderr.split("\n");
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "";
}
