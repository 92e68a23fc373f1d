// Cells view: the processes of untrusted services, CPU of their owners, and strikes with pardon.
// The browser. One of the views of main.ts.
// Invariant: nothing is forgiven without a question.

import type { CellFigures, OwnerStrikes } from "../wire/containment-figures.ts";
import type { Snapshot } from "../wire/dashboard-figures.ts";
import { ask, tell } from "./dialogs.ts";
import { button, make, panel } from "./elements.ts";
import * as format from "./format.ts";
import { run, textOf } from "./host-link.ts";
import { PlainTable } from "./plain-table.ts";
import type { Store } from "./store.ts";
import type { View } from "./view.ts";

type OwnerRow = Snapshot["owners"][number];

const mib = 1024 * 1024;

export class CellsView implements View {
  readonly element: HTMLElement;
  readonly #cells = new PlainTable<CellFigures>(
    [
      { label: "Cell", text: ({ place }) => `cell ${place}` },
      { label: "State", text: ({ state }) => make("span", { class: `state ${state}` }, state) },
      { label: "Process", text: ({ pid }) => String(pid), isNumber: true },
      { label: "Services", text: ({ services }) => format.count(services), isNumber: true },
      { label: "Waiting", text: ({ waiting }) => format.count(waiting), isNumber: true },
      {
        label: "Resident MiB",
        text: ({ rssBytes }) => (rssBytes / mib).toFixed(1),
        isNumber: true,
      },
      { label: "Refused frames", text: ({ refused }) => format.count(refused), isNumber: true },
      { label: "Age", text: ({ ageMs }) => format.duration(ageMs), isNumber: true },
    ],
    "No cells: this host runs no untrusted services.",
  );
  readonly #strikes = new PlainTable<OwnerStrikes>(
    [
      { label: "Owner", text: ({ owner }) => owner },
      {
        label: "Standing",
        text: ({ standing }) => make("span", { class: `state ${standing}` }, standing),
      },
      { label: "Points", text: ({ points }) => format.count(Math.round(points)), isNumber: true },
      { label: "Slices", text: ({ slice }) => format.count(slice), isNumber: true },
      { label: "Memory", text: ({ memory }) => format.count(memory), isNumber: true },
      { label: "Cells lost", text: ({ cell }) => format.count(cell), isNumber: true },
      { label: "", text: ({ owner }) => forgiveButton(owner) },
    ],
    "No owner has strikes.",
  );
  readonly #owners = new PlainTable<OwnerRow>(
    [
      { label: "Owner", text: ({ owner }) => owner },
      { label: "Cell", text: ({ cell }) => cell.replace(".", " ") },
      { label: "Services", text: ({ services }) => format.count(services), isNumber: true },
      { label: "CPU left ms", text: ({ balanceMs }) => balanceMs.toFixed(0), isNumber: true },
      { label: "CPU used ms", text: ({ chargedMs }) => chargedMs.toFixed(0), isNumber: true },
      { label: "Waits ms", text: ({ waitingMs }) => waitingMs.toFixed(0), isNumber: true },
    ],
    "No untrusted services run.",
  );

  constructor() {
    this.element = make(
      "div",
      { class: "view view-cells" },
      make("h1", {}, "Cells"),
      panel("Processes", this.#cells.element),
      panel("Strikes", this.#strikes.element),
      panel("CPU of owners", this.#owners.element),
    );
  }

  update({ snapshot }: Store): void {
    if (snapshot === undefined) return;
    this.#cells.show(snapshot.cells.toSorted((one, other) => one.place - other.place));
    this.#strikes.show(snapshot.strikes);
    const byUse = snapshot.owners.toSorted((one, other) => other.chargedMs - one.chargedMs);
    this.#owners.show(byUse);
  }
}

function forgiveButton(owner: string): HTMLElement {
  const forgive = async (): Promise<void> => {
    const question = `Clear the strikes of ${owner}? Its services may be launched again.`;
    if (!(await ask("Forgive", question, "Forgive"))) return;
    try {
      await run("forgive", [owner]);
    } catch (error) {
      tell("Not forgiven", textOf(error));
    }
  };
  return button("Forgive", () => void forgive(), { "aria-label": `Forgive ${owner}` });
}
