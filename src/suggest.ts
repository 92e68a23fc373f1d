// Suggest: the word somebody may have meant.
// Any thread; pure. Used by the option readers.
// Invariant: a suggestion is at most a third of the word away, so that it is never a wild guess.

/** The candidate nearest to `word`, or undefined when none is near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const small = word.toLowerCase();
  let best: string | undefined;
  let bestEdits = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(small, candidate.toLowerCase());
    if (edits >= bestEdits) continue;
    best = candidate;
    bestEdits = edits;
  }
  return best;
}

const wordLengthMax = 64; // keys are short: a longer word is none of them

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  if (from.length > wordLengthMax) return wordLengthMax;
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    rows.push(nextRow(rows, { from, to, row }));
  }
  return rows[from.length]?.[to.length] ?? wordLengthMax;
}

function nextRow(
  rows: readonly number[][],
  { from, to, row }: { from: string; to: string; row: number },
): number[] {
  const at = (back: number, column: number): number => rows[row - back]?.[column] ?? wordLengthMax;
  const current = [row];
  for (let column = 1; column <= to.length; column++) {
    const isSame = from[row - 1] === to[column - 1];
    const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
    const edits = Math.min(
      at(1, column) + 1,
      (current[column - 1] ?? wordLengthMax) + 1,
      at(1, column - 1) + (isSame ? 0 : 1),
    );
    current.push(isSwapped ? Math.min(edits, at(2, column - 2) + 1) : edits);
  }
  return current;
}
