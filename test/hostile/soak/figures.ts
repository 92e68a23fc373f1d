// Figures: what a soak has counted, and what of it is wrong.
// Pure.
// Invariant: memory is compared by medians of two quarters, the second and the last.

export type Sample = {
  readonly atSeconds: number;
  readonly hostMb: number;
  readonly cellsMb: number;
  readonly cells: number;
  readonly services: number;
};

export type Leaks = {
  readonly children: number;
  readonly descriptors: readonly string[];
  readonly resources: number;
  /** The host's threads did not end in time. */
  readonly threads: number;
};

export type SoakFigures = {
  readonly seed: number;
  readonly minutes: number;
  readonly launched: number;
  readonly ended: number;
  readonly restarted: number;
  readonly hostile: Readonly<Record<string, number>>;
  readonly sent: number;
  readonly delivered: number;
  /** Calls that ended with a code, by the code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly losses: readonly string[];
  readonly hostMb: readonly [warm: number, end: number];
  readonly cellMb: readonly [warm: number, end: number];
  readonly samples: readonly Sample[];
  readonly leaks: Leaks;
};

const growthMbMin = 48; // heaps that have not been collected
const growthFactorMax = 1.25;

export function memoryOf(
  samples: readonly Sample[],
  read: (sample: Sample) => number,
): readonly [warm: number, end: number] {
  const quarter = (index: number): Sample[] =>
    samples.slice((samples.length * index) / 4, (samples.length * (index + 1)) / 4);
  return [median(quarter(1).map(read)), median(quarter(3).map(read))];
}

export function soakComplaints({ lost, hostMb, cellMb, leaks }: SoakFigures): string[] {
  const wrong: string[] = [];
  if (lost > 0) wrong.push(`${lost} messages or calls were lost`);
  for (const [what, [warm, end]] of [["host", hostMb] as const, ["a cell", cellMb] as const]) {
    const isGrown = end > warm * growthFactorMax && end > warm + growthMbMin;
    if (isGrown) wrong.push(`${what} grew from ${warm} to ${end} MiB`);
  }
  if (leakCount(leaks) > 0) wrong.push(`left behind: ${JSON.stringify(leaks)}`);
  return wrong;
}

export function leakCount({ children, descriptors, resources, threads }: Leaks): number {
  return children + descriptors.length + resources + threads;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
