// Store: the latest snapshot, and the last minutes of each service and of all together.
// The browser. Fed by main.ts; read by the views.
// Invariant: every series has one value for each of the last samples; a gap is NaN.

import type { ServiceRow, Snapshot } from "../wire/dashboard-figures.ts";

/** Five minutes at one sample a second. */
const samplesMax = 300;

export const measures = ["rate", "cpu", "heap", "queue"] as const;
export type Measure = (typeof measures)[number];

export type Totals = Readonly<Record<Measure, number>>;

export class Store {
  snapshot: Snapshot | undefined;
  rows: readonly ServiceRow[] = [];
  totals: Totals = { rate: 0, cpu: 0, heap: 0, queue: 0 };
  readonly #byAddress = new Map<string, ServiceRow>();
  readonly #times = new Float64Array(samplesMax);
  readonly #all = new Series();
  #series = new Map<string, Series>();
  #samples = 0;

  take(snapshot: Snapshot): void {
    if (snapshot.number === this.snapshot?.number) return;
    this.snapshot = snapshot;
    this.rows = snapshot.services.map((values) => rowOf(snapshot.columns, values));
    this.#byAddress.clear();
    for (const row of this.rows) this.#byAddress.set(row.address, row);
    this.totals = totalsOf(this.rows);
    const slot = this.#samples++ % samplesMax;
    this.#times[slot] = snapshot.timeMs / 1000;
    this.#all.set(slot, this.totals);
    const series = new Map<string, Series>();
    for (const row of this.rows) {
      const own = this.#series.get(row.address) ?? new Series();
      own.set(slot, measured(row));
      series.set(row.address, own);
    }
    this.#series = series;
  }

  row(address: string): ServiceRow | undefined {
    return this.#byAddress.get(address);
  }

  /** Times in seconds and values, the oldest first; of all services without an address. */
  history(measure: Measure, address?: string): [number[], (number | null)[]] {
    const series = address === undefined ? this.#all : this.#series.get(address);
    const length = Math.min(this.#samples, samplesMax);
    const times: number[] = [];
    const values: (number | null)[] = [];
    for (let sample = this.#samples - length; sample < this.#samples; sample++) {
      const slot = sample % samplesMax;
      times.push(this.#times[slot] ?? 0);
      const value = series?.get(slot, measure) ?? Number.NaN;
      values.push(Number.isNaN(value) ? null : value);
    }
    return [times, values];
  }
}

/** The last values of the four measures, one row of them for each sample. */
class Series {
  readonly #values = new Float32Array(samplesMax * measures.length).fill(Number.NaN);

  set(slot: number, values: Totals): void {
    for (const [index, measure] of measures.entries()) {
      this.#values[slot * measures.length + index] = values[measure];
    }
  }

  get(slot: number, measure: Measure): number {
    return this.#values[slot * measures.length + measures.indexOf(measure)] ?? Number.NaN;
  }
}

function rowOf(
  columns: readonly string[],
  values: readonly (string | number | boolean)[],
): ServiceRow {
  const entries = columns.map((column, index) => [column, values[index]]);
  return Object.fromEntries(entries) as ServiceRow;
}

function measured(row: ServiceRow): Totals {
  return {
    rate: row.messagesPerSecond,
    cpu: row.cpuShare,
    heap: row.heapBytes,
    queue: row.queue,
  };
}

function totalsOf(rows: readonly ServiceRow[]): Totals {
  const totals = { rate: 0, cpu: 0, heap: 0, queue: 0 };
  for (const row of rows) {
    totals.rate += row.messagesPerSecond;
    totals.cpu += row.cpuShare;
    totals.heap += row.heapBytes;
    totals.queue += row.queue;
  }
  return totals;
}
