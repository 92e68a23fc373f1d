// Primes: work for a processor and for nothing else: arithmetic, branches, a typed array.

/** How many primes there are below `limit`. */
export function primes(limit: number): number {
  const isComposite = new Uint8Array(limit);
  let count = 0;
  for (let candidate = 2; candidate < limit; candidate++) {
    if (isComposite[candidate] === 1) continue;
    count++;
    for (let multiple = candidate * 2; multiple < limit; multiple += candidate) {
      isComposite[multiple] = 1;
    }
  }
  return count;
}
