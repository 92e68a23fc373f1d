// Report: the lines of a run for people, and their summary.
// Runner only, pure.

import { complaints, type HostileLine } from "./verdict.ts";

export function textLine(line: HostileLine): string {
  const { script, outcome, code, stopMs, boundMs, innocentRate, rssAfterMb } = line;
  const figures = [
    script.padEnd(28),
    outcome.padEnd(12),
    code.padEnd(20),
    `${stopMs} of ${boundMs} ms`.padEnd(18),
    `innocents ${Math.round(innocentRate * 100)} %`.padEnd(17),
    `${rssAfterMb} MiB`,
  ];
  const wrong = complaints(line);
  return figures.join(" ") + (wrong.length === 0 ? "" : `  WRONG: ${wrong.join("; ")}`);
}

/** One line for all of them. */
export function summary(lines: readonly HostileLine[]): string {
  const wrong = lines.filter((line) => complaints(line).length > 0);
  const counts = new Map<string, number>();
  for (const { outcome } of lines) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const outcomes = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  const stops = lines.map(({ stopMs }) => stopMs);
  const rates = lines.map(({ innocentRate }) => innocentRate);
  return [
    `${lines.length} scripts: ${outcomes}`,
    `stopped after ${quantile(stops, 0.5)} ms (p50), ${quantile(stops, 0.99)} ms (p99)`,
    `innocents' rate ${quantile(rates, 0.5)} (p50), ${quantile(rates, 0)} (least)`,
    wrong.length === 0
      ? "all as promised"
      : `${wrong.length} not as promised: ${wrong.map(({ script }) => script).join(", ")}`,
  ].join("; ");
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
