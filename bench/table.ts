// Table: the lines of a bench as a table for docs/benchmarks.md.

import type { Scenario } from "./scenario.ts";

export type Line = {
  readonly scenario: string;
  readonly value: number;
  readonly unit: string;
  readonly floor: number;
  readonly ratio: number;
  readonly node: string;
  readonly cpus: number;
  readonly detail?: Readonly<Record<string, number>>;
};

export function tableOf(lines: readonly [Scenario, Line][]): string {
  const rows = lines.map(([scenario, line]) => {
    const { name, about, unit } = scenario;
    const cells = [
      name,
      about,
      `${show(line.value)} ${unit}`,
      targetText(scenario),
      show(line.floor),
      line.ratio,
    ];
    return `| ${cells.join(" | ")} | ${isMet(scenario, line) ? "yes" : "**no**"} |`;
  });
  const head = [
    "| scenario | what | value | target | floor | ratio | met |",
    "|---|---|---|---|---|---|---|",
  ];
  return [...head, ...rows].join("\n");
}

function show(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(value);
}

function targetText({ target, unit }: Scenario): string {
  if ("atMost" in target) return `≤ ${show(target.atMost)} ${unit}`;
  if ("atLeast" in target) return `≥ ${show(target.atLeast)} ${unit}`;
  return `≤ ${target.ratioAtMost} × floor`;
}

function isMet({ target }: Scenario, { value, ratio }: Line): boolean {
  if ("atMost" in target) return value <= target.atMost;
  if ("atLeast" in target) return value >= target.atLeast;
  return ratio <= target.ratioAtMost;
}
