// Service columns: what the table of services shows of each, how it is written and sorted.
// The browser. Read by service-table.ts.
// Invariant: numbers stand right, in one unit for the whole column, named in its head.

import type { ServiceRow } from "../wire/dashboard-figures.ts";
import * as format from "./format.ts";

export type Column = {
  readonly key: string;
  readonly label: string;
  readonly unit?: string;
  readonly text: (row: ServiceRow) => string;
  readonly value: (row: ServiceRow) => string | number;
  readonly isNumber: boolean;
  /** Pixels; undefined: what is left. */
  readonly width?: number;
  /** 1 is always there; 2 and 3 go as the window gets narrower. */
  readonly rank: 1 | 2 | 3;
};

const text = (key: string, label: string, rank: 1 | 2 | 3, rest: Partial<Column>): Column => ({
  key,
  label,
  rank,
  isNumber: false,
  text: (row) => String(row[key as keyof ServiceRow]),
  value: (row) => String(row[key as keyof ServiceRow]),
  ...rest,
});

const number = (
  key: keyof ServiceRow,
  label: string,
  rank: 1 | 2 | 3,
  rest: Partial<Column>,
): Column => ({
  key,
  label,
  rank,
  isNumber: true,
  text: (row) => format.count(row[key] as number),
  value: (row) => row[key] as number,
  ...rest,
});

export const columns: readonly Column[] = [
  text("address", "Address", 1, { width: 94 }),
  text("title", "Service", 1, {}),
  text("owner", "Owner", 2, { width: 110 }),
  text("place", "Place", 2, { width: 78 }),
  text("state", "State", 2, { width: 88 }),
  number("messagesPerSecond", "Rate", 1, {
    unit: "msg/s",
    width: 100,
    text: (row) => format.tenths(row.messagesPerSecond),
  }),
  number("cpuShare", "CPU", 1, {
    unit: "%",
    width: 82,
    text: (row) => format.percent(row.cpuShare),
  }),
  number("heapBytes", "Heap", 1, {
    unit: "MiB",
    width: 96,
    text: (row) => format.mebibytes(row.heapBytes),
  }),
  number("queue", "Queue", 1, { width: 74 }),
  number("tasks", "Tasks", 3, { width: 68 }),
  number("messages", "Messages", 3, { width: 104 }),
  number("restarts", "Restarts", 3, { width: 84 }),
  number("strikes", "Strikes", 3, { width: 76 }),
];

/** Rows in the order of a column; equal ones by address, so that they stay where they are. */
export function sorted(
  rows: readonly ServiceRow[],
  { key, isDescending }: { readonly key: string; readonly isDescending: boolean },
): ServiceRow[] {
  const column = columns.find((each) => each.key === key);
  const direction = isDescending ? -1 : 1;
  const compared = (one: ServiceRow, other: ServiceRow): number => {
    const [a, b] = [column?.value(one) ?? 0, column?.value(other) ?? 0];
    if (a === b) return one.address < other.address ? -1 : 1;
    return (a < b ? -1 : 1) * direction;
  };
  return rows.toSorted(compared);
}
