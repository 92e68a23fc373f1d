// Containment: what the host does about untrusted services that do harm: strikes, quarantine,
// refusal, and a record of each incident.
// Main thread. Told of offences by cells and their control services; asked by the console.
// Invariant: an offence is charged to the owner of a service that lives in the cell that tells of
// it, or lived there when it was lost.

import type { ContainmentPowers } from "../services/host/console/powers.ts";
import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import type { Incident } from "../wire/containment-figures.ts";
import { limits } from "../wire/limits.ts";
import type { Cells, LostCell } from "./cell/cells.ts";
import { Incidents } from "./cell/incidents.ts";
import type { ResolvedOptions } from "./options.ts";
import { offencePoints, Strikes, type Offence } from "./cell/strikes.ts";

export type ContainmentParts = {
  readonly cells: Cells;
  readonly titleOf: (address: ServiceAddress) => string;
  /** Ends every service of an owner, with this as the reason its callers are told. */
  readonly endOwner: (owner: string, text: string) => void;
  readonly log: (level: "warn" | "error", address: ServiceAddress, text: string) => void;
};

type Evidence = Pick<Incident, "text" | "messages" | "figures" | "stderr" | "alsoLost">;

const kindOf: Readonly<Record<Offence, Incident["kind"]>> = {
  slice: "slice",
  memory: "memory",
  cell: "cell-lost",
};

export class Containment {
  readonly incidents = new Incidents(() => Date.now());
  readonly strikes = new Strikes(() => performance.now());
  readonly #parts: ContainmentParts;

  constructor(parts: ContainmentParts) {
    this.#parts = parts;
  }

  /** Place for a new service of this owner. Fails with OWNER_REFUSED, CELLS_FULL, NOT_AVAILABLE. */
  place(owner: string): Promise<number> {
    const standing = this.strikes.standingOf(owner);
    if (standing === "refused") throw new CodedError("OWNER_REFUSED", refusalText(owner));
    return this.#parts.cells.place(owner, { isQuarantined: standing === "quarantined" });
  }

  /** What the console shows and does; `options` stand for the limits they set. */
  powers(options: ResolvedOptions): ContainmentPowers {
    return {
      cells: () => this.#parts.cells.figures(),
      strikes: () => this.strikes.list(),
      forgive: (owner) => this.strikes.clear(owner),
      incidents: () => this.incidents.list(),
      limits: () => {
        const all = { ...limits, ...options };
        const numbers = Object.entries(all).filter(([, value]) => typeof value === "number");
        return Object.fromEntries(numbers) as Record<string, number>;
      },
    };
  }

  /** A turn of an untrusted service was interrupted: told by the control service of `place`. */
  interrupted(place: number, address: ServiceAddress, figures: unknown): void {
    const owner = this.#parts.cells.ownerOf(place, address);
    if (owner === undefined) return;
    this.#parts.cells.struck(place, offencePoints.slice);
    this.#offence("slice", address, owner, {
      ...noEvidence,
      text: "a turn was interrupted at the end of its slice (sliceMs)",
      messages: this.#parts.cells.messagesOf(place, address),
      figures: checkedFigures(figures),
    });
  }

  /** The isolate of an untrusted service went over its limit. */
  outOfMemory(place: number, address: ServiceAddress, text: string): void {
    const owner = this.#parts.cells.ownerOf(place, address);
    if (owner === undefined) return;
    this.#parts.cells.struck(place, offencePoints.memory);
    const messages = this.#parts.cells.messagesOf(place, address);
    this.#offence("memory", address, owner, { ...noEvidence, text, messages });
  }

  /** A cell has ended; `ownerOfBlamed` is known as long as the launcher knows the service. */
  cellLost(lost: LostCell, ownerOfBlamed: string | undefined): void {
    const { blamed, text, messages, stderr, rssBytes, services } = lost;
    this.#parts.log("error", (blamed ?? 0) as ServiceAddress, text);
    const evidence = { text, messages, stderr, figures: { rssBytes }, alsoLost: services.length };
    if (blamed !== undefined && ownerOfBlamed !== undefined) {
      this.#offence("cell", blamed, ownerOfBlamed, { ...evidence, alsoLost: services.length - 1 });
    } else {
      const nobody = { address: "", title: "", owner: "", version: "" };
      this.incidents.add({ kind: "cell-lost", ...nobody, ...evidence });
    }
  }

  #offence(offence: Offence, address: ServiceAddress, owner: string, evidence: Evidence): void {
    const { cells, titleOf, log, endOwner } = this.#parts;
    this.incidents.add({
      kind: kindOf[offence],
      address: formatAddress(address),
      title: titleOf(address),
      owner,
      version: cells.sources.versionOf(address),
      ...evidence,
    });
    if (!this.strikes.note(owner, offence)) return;
    const { standing, points, slice, memory, cell } = this.strikes.of(owner);
    const offences = `${slice} slices, ${memory} times out of memory, ${cell} cells`;
    log("error", address, `owner ${owner} is ${standing}: ${points} points; ${offences}`);
    if (standing === "refused") endOwner(owner, refusalText(owner));
  }
}

const noEvidence = { messages: [], figures: {}, stderr: "", alsoLost: 0 };

function refusalText(owner: string): string {
  return `owner ${owner} has ${limits.strikesRefused} points or more (strikesRefused)`;
}

/** Numbers by name, as the cell tells them: it may be in a stranger's hands. */
function checkedFigures(figures: unknown): Record<string, number> {
  if (typeof figures !== "object" || figures === null) return {};
  const entries = Object.entries(figures as Record<string, unknown>).slice(0, 16);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
