// Scenario: one question about speed, with its answer in one unit and the bare cost beside it.

export type Answer = {
  readonly value: number;
  /**
   * What isolated-vm, V8 or Node alone needs for the same, in the same unit, measured in the same
   * run.
   */
  readonly floor: number;
  /** More figures of the run, for --json. */
  readonly detail?: Readonly<Record<string, number>>;
};

export type Scenario = {
  readonly name: string;
  readonly about: string;
  readonly unit: string;
  /** What is aimed at, and whether that is a ceiling or a floor. */
  readonly target:
    | { readonly atMost: number }
    | { readonly atLeast: number }
    /** Times the floor, for what depends on the machine alone. */
    | { readonly ratioAtMost: number };
  readonly run: () => Promise<Answer>;
};

/** Runs `work` several times and gives the median. */
export async function median(times: number, work: () => Promise<number>): Promise<number> {
  const results: number[] = [];
  for (let index = 0; index < times; index++) results.push(await work());
  return middleOf(results);
}

export function middleOf(results: readonly number[]): number {
  return results.toSorted((a, b) => a - b)[Math.floor(results.length / 2)] as number;
}

/** Milliseconds that `work` takes. */
export async function timedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
