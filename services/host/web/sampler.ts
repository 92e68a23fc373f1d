// Sampler: the snapshot that all dashboards are shown, taken once a second while anybody looks.
// Shard 0. Asked by web-face.ts; asks the launcher, which asks shards and cells.
// Invariant: a sample ends in its time: who does not answer keeps the last figures, as "no answer".

import type { HeapFigures, Missing, OwnerFigures, ServiceFigures } from "../../api/launcher.ts";
import { serviceColumns, type ServiceRow, type Snapshot } from "../../../wire/dashboard-figures.ts";
import { commandNamed, runCommand } from "../console/command-table.ts";
import { launcher, type Isonet } from "../console/command.ts";
import { consoleLimits } from "../console/console-limits.ts";
import type { ConsolePowers } from "../console/powers.ts";
import type { PlacedService } from "./web-powers.ts";

const { sampleMs, sampleMsMax, sampleTicks } = consoleLimits;
const launcherMs = 950; // the launcher's own time: what it waits for shards, and some more

type Figures<T> = Readonly<Record<string, T | Missing>>;

type Answers = {
  readonly figures: Figures<ServiceFigures> | undefined;
  readonly heaps: Figures<HeapFigures> | undefined;
  readonly versions: ReadonlyMap<string, string> | undefined;
};

/** What a row is made of besides its own figures. */
type Known = {
  readonly before: ServiceRow | undefined;
  readonly elapsedMs: number;
  readonly strikes: number;
};

export class Sampler {
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  #rows: ReadonlyMap<string, ServiceRow> = new Map();
  #owners: Snapshot["owners"] = [];
  #json = Buffer.alloc(0);
  #number = 0;
  #takenMs = Number.NEGATIVE_INFINITY;
  #validMs: number = sampleMs;
  #taking: Promise<Buffer> | undefined;

  constructor(isonet: Isonet, powers: ConsolePowers) {
    this.#isonet = isonet;
    this.#powers = powers;
  }

  /** The latest snapshot as JSON. */
  async snapshot(): Promise<Buffer> {
    const ageMs = this.#powers.clock.nowMs() - this.#takenMs;
    // A viewer that asks each second comes a little early as often as a little late.
    if (ageMs < this.#validMs * 0.9) return this.#json;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #take(): Promise<Buffer> {
    const within = launcher(this.#isonet, launcherMs).call;
    const scope = { timeoutTicks: sampleTicks };
    const [figures, heaps, owners, versions] = await Promise.all([
      settled<Figures<ServiceFigures>>(within.stat(scope)),
      settled<Figures<HeapFigures>>(within.mem(scope)),
      settled<Figures<readonly OwnerFigures[]>>(within.owners()),
      settled(versionsOf(this.#isonet, this.#powers)),
    ]);
    const takenMs = this.#powers.clock.nowMs();
    const rows = this.#rowsOf({ figures, heaps, versions }, takenMs - this.#takenMs);
    this.#takenMs = takenMs;
    this.#rows = new Map(rows.map((row) => [row.address, row]));
    this.#owners = owners === undefined ? this.#owners : ownerRows(owners);
    const isWhole = rows.every(({ state }) => state !== "no answer");
    // Orders pile up in front of a shard that is stuck for hours.
    this.#validMs = isWhole ? sampleMs : Math.min(this.#validMs * 2, sampleMsMax);
    this.#json = Buffer.from(JSON.stringify(this.#snapshotOf(rows)));
    return this.#json;
  }

  #rowsOf({ figures = {}, heaps = {}, versions }: Answers, elapsedMs: number): ServiceRow[] {
    const { web, containment } = this.#powers;
    const strikes = new Map(containment.strikes().map(({ owner, points }) => [owner, points]));
    return web.services().map((service) => {
      const { address, owner } = service;
      const known = {
        before: this.#rows.get(address),
        elapsedMs,
        strikes: strikes.get(owner) ?? 0,
      };
      const version = versions?.get(address) ?? "";
      const told = { figure: figures[address], heap: heaps[address] };
      return Object.assign(serviceRow(service, known, told), { version });
    });
  }

  #snapshotOf(rows: readonly ServiceRow[]): Snapshot {
    const { memory, ...facts } = this.#powers.facts();
    const { containment } = this.#powers;
    const incidents = containment.incidents();
    return {
      number: ++this.#number,
      timeMs: Date.now(),
      host: { ...facts, node: this.#isonet.self() >>> 24, rssBytes: memory.rss },
      columns: serviceColumns,
      services: rows.map((row) => serviceColumns.map((column) => row[column])),
      cells: containment.cells(),
      owners: this.#owners,
      strikes: containment.strikes(),
      incidents: {
        latest: Math.max(0, ...incidents.map(({ id }) => id)),
        count: incidents.length,
      },
    };
  }
}

/** Which version each service runs, where the console has the command that tells. */
async function versionsOf(isonet: Isonet, powers: ConsolePowers): Promise<Map<string, string>> {
  const name = "versions";
  if (commandNamed(name) === undefined) return new Map();
  const request = { name, values: [], line: undefined, source: undefined };
  const { result } = await runCommand(isonet, powers, request);
  const lines = Object.entries(result as Record<string, { version: string }[]>);
  return new Map(lines.map(([address, versions]) => [address, versions.at(-1)?.version ?? ""]));
}

async function settled<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch {
    return undefined; // the launcher was too late: the last figures stay
  }
}

const noFigures = {
  state: "starting",
  messages: 0,
  messagesPerSecond: 0,
  cpuSeconds: 0,
  cpuShare: 0,
  heapBytes: 0,
  heapLimitBytes: 0,
  queue: 0,
  tasks: 0,
  timers: 0,
  restarts: 0,
  refused: 0,
  faults: 0,
};

function serviceRow(
  service: PlacedService,
  { before, elapsedMs, strikes }: Known,
  { figure, heap }: { figure: ServiceFigures | Missing | undefined; heap: unknown },
): Omit<ServiceRow, "version"> {
  const last = { ...noFigures, ...before, messagesPerSecond: 0, cpuShare: 0 };
  if (typeof figure !== "object") {
    const isRestarting = figure === "RESTARTING";
    const isStarting = figure === undefined && before === undefined;
    const state = isStarting ? "starting" : isRestarting ? "restarting" : "no answer";
    return { ...last, ...service, strikes, state };
  }
  const { usedBytes, limitBytes } =
    typeof heap === "object" ? (heap as HeapFigures) : { usedBytes: 0, limitBytes: 0 };
  const perSecond = (now: number, then: number): number =>
    before === undefined || now < then ? 0 : ((now - then) / elapsedMs) * 1000;
  return {
    ...service,
    state: figure.state,
    messages: figure.message,
    messagesPerSecond: rounded(perSecond(figure.message, last.messages)),
    cpuSeconds: rounded(figure.cpu),
    cpuShare: rounded(perSecond(figure.cpu, last.cpuSeconds)),
    heapBytes: usedBytes || last.heapBytes,
    heapLimitBytes: limitBytes || last.heapLimitBytes,
    queue: figure.mqlen,
    tasks: figure.task,
    timers: figure.timers,
    restarts: figure.restarts,
    refused: figure.refused,
    faults: figure.faults,
    strikes,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function ownerRows(owners: Figures<readonly OwnerFigures[]>): Snapshot["owners"] {
  return Object.entries(owners).flatMap(([cell, figures]) =>
    typeof figures === "string" ? [] : figures.map((figure) => ({ cell, ...figure })),
  );
}
