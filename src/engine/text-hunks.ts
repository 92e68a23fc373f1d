// Text hunks: where two texts differ, line by line, so that each difference can be tried alone.
// Pure. Used by hotfix-obstacles.ts.
// Invariant: all hunks applied to the old text give the new one.

export type Hunk = {
  /** First line of the old text that it replaces, from 0. */
  readonly at: number;
  readonly removed: readonly string[];
  /** First line of the new text that it brings, from 0. */
  readonly newAt: number;
  readonly added: readonly string[];
};

const cellsMax = 4_000_000; // of the table: two texts of 2000 different lines

/** Longest common lines stay; beyond `cellsMax` the whole difference is one hunk. */
export function hunksOf(before: string, after: string): Hunk[] {
  const old = before.split("\n");
  const young = after.split("\n");
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head++;
  let tail = 0;
  const tailMax = Math.min(old.length, young.length) - head;
  while (tail < tailMax && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail++;
  const removed = old.slice(head, old.length - tail);
  const added = young.slice(head, young.length - tail);
  if (removed.length === 0 && added.length === 0) return [];
  if (removed.length * added.length > cellsMax) {
    return [{ at: head, removed, newAt: head, added }];
  }
  return gather(removed, added, head);
}

function gather(removed: readonly string[], added: readonly string[], head: number): Hunk[] {
  const common = commonTable(removed, added);
  const width = added.length + 1;
  const hunks: Hunk[] = [];
  let [i, j, fromI, fromJ] = [0, 0, 0, 0];
  const close = (): void => {
    if (i === fromI && j === fromJ) return;
    const [out, brought] = [removed.slice(fromI, i), added.slice(fromJ, j)];
    hunks.push({ at: head + fromI, removed: out, newAt: head + fromJ, added: brought });
  };
  while (i < removed.length || j < added.length) {
    if (i < removed.length && j < added.length && removed[i] === added[j]) {
      close();
      fromI = ++i;
      fromJ = ++j;
      continue;
    }
    const down = i < removed.length ? (common[(i + 1) * width + j] as number) : -1;
    const right = j < added.length ? (common[i * width + j + 1] as number) : -1;
    if (down >= right) i++;
    else j++;
  }
  close();
  return hunks;
}

/** Length of the longest common lines from each pair of places on. */
function commonTable(removed: readonly string[], added: readonly string[]): Uint32Array {
  const width = added.length + 1;
  const table = new Uint32Array((removed.length + 1) * width);
  for (let i = removed.length - 1; i >= 0; i--) {
    for (let j = added.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] =
        removed[i] === added[j]
          ? (table[at + width + 1] as number) + 1
          : Math.max(table[at + width] as number, table[at + 1] as number);
    }
  }
  return table;
}

/** The old text with some of the hunks, which are in their order. */
export function withHunks(before: string, hunks: readonly Hunk[]): string {
  const lines = before.split("\n");
  for (const { at, removed, added } of hunks.toReversed()) {
    lines.splice(at, removed.length, ...added);
  }
  return lines.join("\n");
}

/** Only blanks and whole comments on both sides: the meaning is that of the other side. */
export function isCosmetic({ removed, added }: Hunk): boolean {
  return isRemark(removed.join("\n")) && isRemark(added.join("\n"));
}

function isRemark(text: string): boolean {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "").trim() === "";
}
