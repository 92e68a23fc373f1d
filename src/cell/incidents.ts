// Incidents: the post-mortem records of the last services that were stopped, and why.
// Main thread. Written by cells.ts and the composition root, shown by the console's postmortem.
// Invariant: at most incidentsMax; the oldest goes first. Texts are a stranger's: shown with care.

import type { Incident } from "../../wire/containment-figures.ts";
import { isDoubling } from "../../wire/doubling.ts";
import { limits } from "../../wire/limits.ts";

export class Incidents {
  readonly #incidents: Incident[] = [];
  readonly #times = new Map<string, number>();
  readonly #nowMs: () => number;
  #lastId = 0;

  /** `nowMs`: epoch milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /**
   * Keeps a record. Interrupted turns of one service come by the thousand: of those the first, the
   * second, the fourth … is kept.
   */
  add(incident: Omit<Incident, "id" | "timeMs">): void {
    if (incident.kind === "slice" && !this.#isWorthKeeping(incident.address)) return;
    this.#incidents.push({ ...incident, id: ++this.#lastId, timeMs: this.#nowMs() });
    if (this.#incidents.length > limits.incidentsMax) this.#incidents.shift();
  }

  /** The latest first. */
  list(): Incident[] {
    return this.#incidents.toReversed();
  }

  find(id: number): Incident | undefined {
    return this.#incidents.find((incident) => incident.id === id);
  }

  /** The service has ended for good. */
  forget(address: string): void {
    this.#times.delete(address);
  }

  #isWorthKeeping(address: string): boolean {
    const times = (this.#times.get(address) ?? 0) + 1;
    this.#times.set(address, times);
    return isDoubling(times);
  }
}
