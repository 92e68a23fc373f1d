// Bench: runs the scenarios, each in a process of its own. `npm run bench -- --help` says how.
// Never part of a test: figures of a shared machine are for reading, beside their floor.

import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { promisify } from "node:util";
import { callScenarios } from "./scenarios/calls.ts";
import { cellScenarios } from "./scenarios/cells.ts";
import { computeScenarios } from "./scenarios/compute.ts";
import { containmentScenarios } from "./scenarios/containment.ts";
import { debugScenarios } from "./scenarios/debug.ts";
import { gateScenarios } from "./scenarios/gate.ts";
import { httpScenarios } from "./scenarios/http.ts";
import { loginScenarios } from "./scenarios/login.ts";
import { insightScenarios } from "./scenarios/insight.ts";
import { watchingScenarios } from "./scenarios/watching.ts";
import { hotfixScenarios } from "./scenarios/hotfix.ts";
import { spawnScenarios } from "./scenarios/spawns.ts";
import type { Scenario } from "./scenario.ts";
import { commandLine, refusal } from "../test/kit/command-line.ts";
import { tableOf, type Line } from "./table.ts";
import { hostFlags } from "../test/kit/node-flags.ts";

const scenarios: readonly Scenario[] = [
  ...callScenarios,
  ...gateScenarios,
  ...httpScenarios,
  ...loginScenarios,
  ...spawnScenarios,
  ...computeScenarios,
  ...cellScenarios,
  ...containmentScenarios,
  ...insightScenarios,
  ...debugScenarios,
  ...watchingScenarios,
  ...hotfixScenarios,
];

const usage = `npm run bench -- [--scenario NAME] [--json]

Without --scenario all are run, and a table in Markdown is printed. With --json each prints one
line: {"scenario","value","unit","floor","ratio","node","cpus"}; floor is the bare cost of
isolated-vm or Node in the same run, ratio is value / floor. Some have more figures in "detail".

${scenarios.map(({ name, about, unit }) => `  ${name.padEnd(18)}${about} (${unit})`).join("\n")}`;

const options = {
  scenario: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

const refuse = refusal("bench");

function find(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  return refuse(`no scenario ${name}; there are: ${scenarios.map((one) => one.name).join(", ")}`);
}

async function runHere(scenario: Scenario): Promise<Line> {
  const { value, floor, detail } = await scenario.run();
  return {
    scenario: scenario.name,
    value: round(value),
    unit: scenario.unit,
    floor: round(floor),
    ratio: round(value / floor),
    node: process.version,
    cpus: cpus().length,
    ...(detail === undefined ? {} : { detail }),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

async function runApart({ name }: Scenario): Promise<Line> {
  const args = [...hostFlags, import.meta.filename, "--scenario", name, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Line;
}

const { scenario: name, json } = commandLine("bench", usage, options);
if (name !== undefined) {
  const scenario = find(name);
  const line = await runHere(scenario);
  console.log(json ? JSON.stringify(line) : tableOf([[scenario, line]]));
} else {
  const lines: [Scenario, Line][] = [];
  for (const scenario of scenarios) {
    if (!json) console.error(`bench: ${scenario.name} …`);
    const line = await runApart(scenario);
    lines.push([scenario, line]);
    if (json) console.log(JSON.stringify(line));
  }
  if (!json) console.log(tableOf(lines));
}
