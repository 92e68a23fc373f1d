// Containment views: the one-shot commands about untrusted services, as people read them.
// Main thread of the isonet command. Used by console-commands.ts.
// Invariant: a view shows everything its result holds that is not in every other row; texts of
// strangers go through text-table.ts, or through safeText.

import { safeText } from "../../services/host/console/safe-text.ts";
import type { Missing, OwnerFigures } from "../../services/api/launcher.ts";
import type { CellFigures, Incident, OwnerStrikes } from "../../wire/containment-figures.ts";
import type { View } from "./console-views.ts";
import { ageText, pairLines, sizeText, tableLines, type Column } from "./text-table.ts";

const right = (title: string): Column => ({ title, align: "right" });

const cellColumns: readonly Column[] = [
  ...["CELL", "PROCESS"].map(right),
  { title: "STATE" },
  ...["SERVICES", "WAITING", "MEMORY", "AGE", "REFUSED"].map(right),
];

export const cellsView: View = (result) =>
  tableLines(
    cellColumns,
    (result as readonly CellFigures[]).map((cell) => [
      String(cell.place),
      String(cell.pid),
      cell.state,
      String(cell.services),
      String(cell.waiting),
      sizeText(cell.rssBytes),
      ageText(cell.ageMs),
      String(cell.refused),
    ]),
  );

const strikeColumns: readonly Column[] = [
  ...["POINTS", "SLICES", "MEMORY", "CELLS"].map(right),
  { title: "STANDING" },
  { title: "OWNER" },
];

/** The worst first, as the host tells them. */
export const strikesView: View = (result) =>
  tableLines(
    strikeColumns,
    (result as readonly OwnerStrikes[]).map((record) => [
      String(record.points),
      String(record.slice),
      String(record.memory),
      String(record.cell),
      record.standing,
      record.owner,
    ]),
  );

const ownerColumns: readonly Column[] = [
  { title: "CELL" },
  ...["SERVICES", "USED", "LEFT", "WAITS"].map(right),
  { title: "OWNER" },
];

/** Each owner in each cell, who used most CPU time first; cells without an answer last. */
export const ownersView: View = (result) => {
  const cells = Object.entries(result as Record<string, readonly OwnerFigures[] | Missing>);
  const rows = cells.flatMap(([cell, owners]) =>
    typeof owners === "string" ? [] : owners.map((figures) => ({ cell, ...figures })),
  );
  const missing = cells.filter(([, owners]) => typeof owners === "string");
  return tableLines(ownerColumns, [
    ...rows
      .toSorted((one, other) => other.chargedMs - one.chargedMs)
      .map(({ cell, owner, services, chargedMs, balanceMs, waitingMs }) => [
        cell,
        String(services),
        millisecondsText(chargedMs),
        millisecondsText(balanceMs),
        millisecondsText(waitingMs),
        owner,
      ]),
    ...missing.map(([cell, why]) => [cell, why as string]),
  ]);
};

const incidentColumns: readonly Column[] = [
  right("NUMBER"),
  ...["TIME", "KIND", "ADDRESS", "SERVICE", "OWNER", "WHAT"].map((title) => ({ title })),
];

/** The records, the latest first; all of one when its number was given. */
export const postmortemView: View = (result) =>
  Array.isArray(result)
    ? tableLines(incidentColumns, (result as readonly Incident[]).map(incidentRow))
    : incidentPage(result as Incident);

function incidentRow(incident: Incident): string[] {
  const { id, timeMs, kind, address, title, owner, text } = incident;
  return [String(id), timeText(timeMs), kind, address, title, owner, text];
}

function incidentPage(incident: Incident): string[] {
  const { id, timeMs, messages, figures, stderr, alsoLost, ...texts } = incident;
  return [
    ...pairLines([
      ["number", String(id)],
      ["time", timeText(timeMs)],
      ...Object.entries(texts),
      ["alsoLost", String(alsoLost)],
      ...Object.entries(figures).map(([name, value]): [string, string] => [name, String(value)]),
      ...messages.map((message): [string, string] => ["message", message]),
    ]),
    ...safeText(stderr)
      .split("\n")
      .filter((line) => line.trim() !== ""),
  ];
}

function millisecondsText(ms: number): string {
  return `${Math.round(ms)} ms`;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
