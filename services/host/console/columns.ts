// Columns: rows of cells in aligned columns, for answers that are tables in one text.
// Shard 0. Used by the commands.
// Invariant: the last column is not padded: names may be long.

/** Columns to the right, the last one to the left. */
export function aligned(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [titles, ...rows];
  const last = titles.length - 1;
  const widths = titles.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  return all.map((row) =>
    row
      .map((cell, column) => (column === last ? cell : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}
