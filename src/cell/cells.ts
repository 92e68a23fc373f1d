// Cells: the processes of a host's untrusted services: which there are, who goes where, and what
// becomes of those whose process ends.
// Main thread. Made by shards.ts; asked by the launcher for each untrusted service.
// Invariant: nobody waits on a service of a cell that has ended: its callers are told as it ends.

import { formatAddress, localIdOf, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { CellFigures } from "../../wire/containment-figures.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { encodeFault } from "../../wire/fault.ts";
import { limits } from "../../wire/limits.ts";
import { ProgramSources } from "./program-sources.ts";
import { Cell, type CellLoss, type CellSetting } from "./cell.ts";
import { findConfinement, type Confinement } from "./confinement.ts";
import { chooseCell, type CellLoad } from "./choose-cell.ts";
import { Parking, parkingPlace, parkingReader } from "./parking.ts";
import { Recycling } from "./recycling.ts";
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
  /** Processes that are ready before they are needed, from the host's start on. */
  readonly sparesMin: number;
  readonly servicesMax: number;
  readonly stallMs: number;
  readonly memoryMb: number;
  /** 0: a cell never gets too old. */
  readonly ageMsMax: number;
};

/** A cell that has ended, with the services that were on it. */
export type LostCell = {
  readonly place: number;
  readonly pid: number;
  readonly text: string;
  readonly blamed: ServiceAddress | undefined;
  /** Headers of the last messages that reached the blamed service. */
  readonly messages: readonly string[];
  readonly rssBytes: number;
  readonly stderr: string;
  readonly services: readonly ServiceAddress[];
};

const lookMs = 250; // at the age, the size and the strikes of cells
const spareDelayMs = 500; // a process that starts takes as much of a core
const kib = 1024;
const nodePlace = 0;
const failuresMax = 3; // a process that never starts is not started for ever
const placeMax = 239; // a control service's local id, shardControl + place, is below the guests'

export class Cells {
  readonly sources = new ProgramSources();
  readonly #setting: CellsSetting;
  readonly #cells = new Map<number, Cell>();
  /** Cells for owners in quarantine. */
  readonly #quarantine = new Set<Cell>();
  /** Processes that run and have no service yet. */
  readonly #spares = new Set<Cell>();
  #confinement: Promise<Confinement> | undefined;
  readonly parking: Parking;
  readonly #recycling: Recycling;
  /** Those whose processes are ended because they have nothing more to do. */
  readonly #recycled = new Set<Cell>();
  #looker: NodeJS.Timeout | undefined;
  #sparer: NodeJS.Timeout | undefined;
  #isStopping = false;
  /** Processes in a row that ended before they had answered once. */
  #failures = 0;
  /** Set by the host: what a service's launch does not allow. Until then nothing may be sent. */
  guard: Guard = () => ({ code: "CAPABILITY_MISSING", text: "the host is not up" });
  /** Set by the host: a service of a cell has ended with it. */
  onLost: (lost: LostCell) => void = () => {};
  /** Set by the host: the services of the cell are to go elsewhere. */
  onDraining: (place: number) => void = () => {};

  constructor(setting: CellsSetting) {
    this.#setting = setting;
    const { shard, directory, ageMsMax, memoryMb, cellsMax } = setting;
    const { router } = shard.kernel;
    this.parking = new Parking({ directory, router, linkTo: (at) => shard.links.linkTo(at) });
    shard.links.add(parkingPlace, { writer: this.parking, reader: parkingReader });
    const memoryBytesMax = memoryMb * kib * kib;
    const strikesMax = limits.cellStrikesMax;
    const terms = { ageMsMax, memoryBytesMax, strikesMax, drainingMax: cellsMax };
    this.#recycling = new Recycling(terms, () => performance.now());
  }

  /** Starts the processes that are to be ready before the first untrusted service. */
  async warm(): Promise<void> {
    if (this.#setting.sparesMin === 0 || this.#setting.cellsMax === 0) return;
    this.#keepSpares(await this.#findConfinement());
  }

  /** Control service of each cell, by its place. */
  *controls(): IterableIterator<[number, ServiceAddress]> {
    for (const { place, control } of this.#cells.values()) yield [place, control];
  }

  controlAt(place: number): ServiceAddress | undefined {
    return this.#cells.get(place)?.control;
  }

  placeOfControl(control: ServiceAddress): number | undefined {
    for (const cell of this.#cells.values()) if (cell.control === control) return cell.place;
    return undefined;
  }

  /**
   * Place for a new service of this owner; one in quarantine shares a cell with its like only.
   * Fails with NOT_AVAILABLE, CELLS_FULL.
   */
  async place(owner: string, options: { readonly isQuarantined: boolean }): Promise<number> {
    const { cellsMax, servicesMax } = this.#setting;
    if (cellsMax === 0) {
      throw new CodedError("NOT_AVAILABLE", "this host runs no untrusted services: cells is 0");
    }
    const confinement = await this.#findConfinement();
    const { isQuarantined } = options;
    const max = isQuarantined ? limits.quarantineCellsMax : cellsMax;
    const choice = chooseCell(this.#loads(owner, options), { cellsMax: max, servicesMax });
    if (choice === "full") {
      const text = `${max} cells (cells) hold ${servicesMax} services each (cellServicesMax)`;
      throw new CodedError("CELLS_FULL", text);
    }
    if (choice !== "new") return choice;
    const cell = this.#open(confinement);
    if (isQuarantined) this.#quarantine.add(cell);
    return cell.place;
  }

  #loads(owner: string, { isQuarantined }: { readonly isQuarantined: boolean }): CellLoad[] {
    return [...this.#cells.values()]
      .filter((cell) => this.#quarantine.has(cell) === isQuarantined)
      .filter(({ place }) => !this.#recycling.isDraining(place))
      .map(({ place, link }) => {
        let ofOwner = 0;
        for (const service of link.services.values()) if (service.owner === owner) ofOwner++;
        return { place, services: link.guests, ofOwner };
      });
  }

  ownerOf(place: number, address: ServiceAddress): string | undefined {
    return this.#cells.get(place)?.link.services.get(address)?.owner;
  }

  /** Headers of the last messages that reached a service. */
  messagesOf(place: number, address: ServiceAddress): string[] {
    return this.#cells.get(place)?.link.services.get(address)?.trail.lines() ?? [];
  }

  /** The service at this address is about to be created on the cell. */
  join(place: number, address: ServiceAddress, owner: string): void {
    this.#cells.get(place)?.link.join(address, owner);
  }

  /** True when `address` has sent the service of a cell a request. */
  isCaller(service: ServiceAddress, address: ServiceAddress): boolean {
    const cell = this.#cells.get(this.homeOf(service));
    return cell?.link.services.get(service)?.callers.has(address) === true;
  }

  /** A service of a cell has ended, or was never there. */
  left(place: number, address: ServiceAddress): void {
    // A request that was on its way as the service ended is refused by the cell, for a service that
    // is not there any more: that refusal counts for nothing here, so its caller is told from here.
    const text = `service ${formatAddress(address)} has ended`;
    const isKept = this.#setting.directory.isSuspended(address);
    const code = isKept ? "SERVICE_RESTARTING" : "ADDRESS_DEAD";
    this.tellCallers(place, address, [code, text]);
    this.vacate(place, address);
  }

  /** The service is not there any more, which nobody needs to be told. */
  vacate(place: number, address: ServiceAddress): void {
    this.sources.close(address);
    const cell = this.#cells.get(place);
    if (cell === undefined) return;
    cell.link.services.delete(address);
    if (cell.link.guests > 0) return;
    if (this.#quarantine.has(cell)) cell.kill("nobody is in quarantine there");
    else this.#endEmpty(cell);
  }

  /** A service has done harm there. */
  struck(place: number, points: number): void {
    this.#recycling.struck(place, points);
  }

  isDraining(place: number): boolean {
    return this.#cells.has(place) && this.#recycling.isDraining(place);
  }

  /** It drains, and is about to be killed for its size. */
  isUrgent(place: number): boolean {
    const cell = this.#cells.get(place);
    return cell !== undefined && this.#recycling.isUrgent(place, cell.rssBytes);
  }

  /** Where the service is, also while it is parked. */
  homeOf(address: ServiceAddress): number {
    return this.parking.homeOf(address) ?? this.#setting.directory.shardOf(address);
  }

  servicesOf(place: number): ServiceAddress[] {
    const cell = this.#cells.get(place);
    if (cell === undefined) return [];
    return [...cell.link.services.keys()].filter((address) => address !== cell.control);
  }

  /** The service is about to be created in another cell; who called it before stays known. */
  rehouse(address: ServiceAddress, place: number, owner: string): void {
    const from = this.parking.homeOf(address);
    const known = from === undefined ? undefined : this.#cells.get(from)?.link.services;
    const service = known?.get(address);
    if (from !== undefined) this.vacate(from, address);
    this.#cells.get(place)?.link.join(address, owner, service);
    this.parking.arrive(address, place);
  }

  /** Tells everyone who has called a service of a cell that it has ended. */
  tellCallers(place: number, address: ServiceAddress, [code, text]: [ErrorCode, string]): void {
    this.#cells.get(place)?.link.answerCallers(address, encodeFault(code, text));
  }

  /** True when the service was called in another cell, which this one does not know of. */
  hasMoved(place: number, address: ServiceAddress): boolean {
    return this.#cells.get(place)?.link.services.get(address)?.hasMoved === true;
  }

  #look(): void {
    for (const cell of this.#cells.values()) {
      if (this.#quarantine.has(cell)) continue;
      const why = this.#recycling.look(cell.place, cell.rssBytes);
      if (why === undefined) continue;
      const text = `cell ${cell.place} (process ${cell.pid}) drains: ${why}`;
      this.#setting.shard.log("info", 0 as ServiceAddress, text);
      this.#endEmpty(cell);
      this.onDraining(cell.place);
    }
  }

  /** A cell that drains and has no service has nothing more to do. */
  #endEmpty(cell: Cell): void {
    if (cell.link.guests > 0 || this.#isStopping || !this.#recycling.isDraining(cell.place)) return;
    this.#recycled.add(cell);
    cell.kill("it was recycled");
  }

  figures(): CellFigures[] {
    return [...this.#cells.values(), ...this.#spares].map((cell) => ({
      place: cell.place,
      pid: cell.pid,
      state: this.#stateOf(cell),
      services: cell.link.guests,
      waiting: cell.pulse.waiting,
      rssBytes: cell.rssBytes,
      ageMs: Math.round(performance.now() - cell.bornMs),
      refused: cell.link.refused,
    }));
  }

  #stateOf(cell: Cell): CellFigures["state"] {
    if (!cell.isReady) return "starting";
    if (this.#spares.has(cell)) return "spare";
    if (this.#quarantine.has(cell)) return "quarantine";
    return this.#recycling.isDraining(cell.place) ? "draining" : "running";
  }

  /** Ends every process. Whoever waits on a service of theirs is told HOST_STOPPING. */
  stop(): void {
    this.#isStopping = true;
    clearInterval(this.#looker);
    clearTimeout(this.#sparer);
    for (const cell of this.#cells.values()) cell.kill("the host is shutting down");
    for (const cell of this.#spares) cell.kill("the host is shutting down");
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
    const spares = [...this.#spares];
    const ready = spares.find(({ isReady }) => isReady) ?? spares[0];
    const cell = ready ?? this.#spawn(confinement);
    this.#spares.delete(cell);
    this.#cells.set(cell.place, cell);
    this.#recycling.opened(cell.place);
    this.#looker ??= setInterval(() => this.#look(), lookMs).unref();
    this.#keepSparesSoon(confinement);
    return cell;
  }

  /** The services that are started or come back meanwhile have the cores first. */
  #keepSparesSoon(confinement: Confinement): void {
    this.#sparer ??= setTimeout(() => this.#keepSpares(confinement), spareDelayMs).unref();
  }

  /** One at least where there are cells: the services of a cell that is lost go on there. */
  #keepSpares(confinement: Confinement): void {
    clearTimeout(this.#sparer);
    this.#sparer = undefined;
    const wanted = Math.max(this.#setting.sparesMin, this.#cells.size > 0 ? 1 : 0);
    while (this.#spares.size < wanted && !this.#isStopping) {
      this.#spares.add(this.#spawn(confinement));
    }
  }

  #spawn(confinement: Confinement): Cell {
    const guard: Guard = (source, words, at) => this.guard(source, words, at);
    const setting: CellSetting = { ...this.#setting, confinement, guard };
    const cell: Cell = new Cell(this.#freePlace(), setting, (loss) => this.#lost(cell, loss));
    const { shard, directory } = this.#setting;
    directory.occupy(localIdOf(cell.control), cell.place);
    // A spare is linked too: a process whose answers nobody reads would be taken for stalled.
    shard.links.add(cell.place, {
      writer: cell.link,
      reader: cell.reader,
      onFrame: cell.link.onFrame,
    });
    return cell;
  }

  /** Its process is gone. */
  #lost(cell: Cell, loss: CellLoss): void {
    const { shard, directory } = this.#setting;
    this.#spares.delete(cell);
    shard.links.remove(cell.place);
    this.#cells.delete(cell.place);
    directory.release(cell.control);
    // Written by a process that may be a stranger's: it can blame its own services only.
    const isThere = loss.blamed !== undefined && cell.link.services.has(loss.blamed);
    const blamed = isThere ? loss.blamed : undefined;
    const inTurn = blamed === undefined ? "" : `, in ${formatAddress(blamed)}`;
    const words = cell.isReady ? "" : `: ${firstError(loss.stderr)}`;
    const text = `cell ${cell.place} (process ${cell.pid}) was lost: ${loss.how}${inTurn}${words}`;
    const { stderr } = loss;
    const messages =
      blamed === undefined ? [] : (cell.link.services.get(blamed)?.trail.lines() ?? []);
    const rssBytes = cell.pulse.rssKib * kib;
    const services = this.#isStopping ? [] : this.#answer(cell, "CELL_LOST", text);
    this.#quarantine.delete(cell);
    this.#recycling.closed(cell.place);
    const isRecycled = this.#recycled.delete(cell);
    this.#failures = cell.isReady ? 0 : this.#failures + 1;
    if (this.#isStopping) return;
    const { place, pid } = cell;
    if (isRecycled) {
      const recycled = `cell ${place} (process ${pid}) was recycled: it had no services any more`;
      shard.log("info", 0 as ServiceAddress, recycled);
    } else this.onLost({ place, pid, text, blamed, messages, rssBytes, stderr, services });
    if (this.#failures >= failuresMax) return;
    void this.#findConfinement().then((confinement) => this.#keepSparesSoon(confinement));
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
    const spares = [...this.#spares];
    for (let place = firstPlace; place <= placeMax; place++) {
      if (!this.#cells.has(place) && !spares.some((cell) => cell.place === place)) return place;
    }
    throw new CodedError("CELLS_FULL", `every place up to ${placeMax} is taken`);
  }
}

/** The line that names the error, of what a process that could not start has said. */
function firstError(stderr: string): string {
  const lines = stderr.split("\n");
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "";
}
