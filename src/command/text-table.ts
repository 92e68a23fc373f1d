// Text table: rows of cells in aligned columns, and figures in units people read.
// Main thread of the isonet command. Used by console-views.ts.
// Invariant: a cell is one line that cannot act on the terminal.

import { safeWord } from "../../services/host/console/safe-text.ts";

export type Column = { readonly title: string; readonly align?: "right" };

const gap = "  ";

/** The last column is not padded; an empty table has its titles only. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(safeWord))];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => (row[index] ?? "").length)),
  );
  return cells.map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? "";
        const width = widths[index] ?? 0;
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Two columns without titles. */
export function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const keys = pairs.map(([key]) => safeWord(key));
  const width = Math.max(0, ...keys.map((key) => key.length));
  return pairs.map(
    ([, value], index) => `${(keys[index] ?? "").padEnd(width)}${gap}${safeWord(value)}`,
  );
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** "512 B", "47.3 KiB", "1.25 GiB": three figures. */
export function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${units[unit] ?? ""}`;
}

/** "12.3s" below a minute, then "1:02:03". */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)}s`;
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return parts.map((part, index) => String(part).padStart(index === 0 ? 1 : 2, "0")).join(":");
}
