// Hotfix views: what became of a hotfix, and versions, as people read them.
// Main thread of the isonet command. Used by console-commands.ts.
// Invariant: texts of strangers go through text-table.ts.

import type { HotfixReport, RollingReport, VersionLine } from "../../services/api/hotfix.ts";
import type { View } from "./console-views.ts";
import { tableLines, type Column } from "./text-table.ts";

const columns: readonly Column[] = [
  { title: "ADDRESS" },
  { title: "OUTCOME" },
  { title: "VERSION" },
  { title: "HELD", align: "right" },
  { title: "REASON" },
];

export const hotfixView: View = (result) => {
  const rolling = result as Partial<RollingReport>;
  const lines = tableLines(columns, (rolling.reports ?? [result as HotfixReport]).map(cells));
  const { stopped = "", remaining = 0 } = rolling;
  return stopped === "" ? lines : [...lines, `stopped; ${remaining} services were not seen to`];
};

function cells({ address, outcome, how, version, heldMs, error }: HotfixReport): string[] {
  const what = how === "replaced" ? "replaced" : (outcome?.kind ?? "failed");
  return [address, what, version, `${heldMs.toFixed(1)} ms`, error ?? outcome?.reason ?? ""];
}

export function hotfixRefusal(result: unknown): string | undefined {
  const { stopped = "" } = result as Partial<RollingReport>;
  return stopped === "" ? undefined : `stopped at ${stopped}`;
}

const versionColumns: readonly Column[] = [
  { title: "ADDRESS" },
  { title: "VERSION" },
  { title: "HOW" },
  { title: "SINCE" },
  { title: "NAME" },
];

export const versionsView: View = (result, names) =>
  tableLines(
    versionColumns,
    Object.entries(result as Record<string, readonly VersionLine[]>).flatMap(([address, lines]) =>
      lines.map(({ version, how, sinceMs }) => {
        const since = new Date(sinceMs).toISOString();
        return [address, version, how, since, names[address] ?? ""];
      }),
    ),
  );
