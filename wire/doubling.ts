// Doubling: of what may come by the thousand, which to tell of. Neutral: host and guest.
// Used wherever a log or a record would be flooded.

/** True of the first, the second, the fourth, the eighth …: twice as many pass each time. */
export function isDoubling(count: number): boolean {
  return (count & (count - 1)) === 0;
}
