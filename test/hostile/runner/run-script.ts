// Run script: one script on the stage, from the innocents' begin to the settling of their accounts.
// The process of the runner's host.
// Invariant: a line is given for every script, as long as this process lives.

import { setTimeout as pause } from "node:timers/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { attempt } from "./attempt.ts";
import type { Canary } from "./canary.ts";
import { childPids } from "./processes.ts";
import type { ScriptText } from "./script-source.ts";
import type { Stage, StageOptions } from "./stage.ts";
import { boundMsFor, escapeWord, outcomeOf, type HostileLine } from "./verdict.ts";

const aliveMs = 5000;
/** What the innocents of a lost cell are told, and those who call them while they are restarted. */
const cellsEnd = new Set(["CELL_LOST", "SERVICE_RESTARTING"]);
const rateMsMin = 500;
const percent = 100;
const shownUnits = 200;
const nanosecondsPerMs = 1e6;

export async function runScript(
  stage: Stage,
  script: ScriptText,
  { canary, options }: { readonly canary: Canary; readonly options: StageOptions },
): Promise<HostileLine> {
  const before = childPids();
  stage.newLog();
  await stage.begin();
  const delay = monitorEventLoopDelay();
  delay.enable();
  const startMs = performance.now();
  const { failure, stopMs, waitedMs, answer } = await attempt(stage, script);
  const neighbourBackMs = await stage.neighboursBackMs();
  const hostAlive = await stage.isAlive(aliveMs);
  delay.disable();
  // A rate of a few rounds says nothing.
  await pause(options.isBrief ? 0 : Math.max(0, rateMsMin - (performance.now() - startMs)));
  const [outer, near] = [await stage.outer.settle(), await stage.neighbours.settle()];
  const isCellLost = failure?.code === "CELL_LOST" || (near.codes["CELL_LOST"] ?? 0) > 0;
  const escape = [canary.touched, escapeIn(answer), escapeIn(stage.newLog())].find(Boolean);
  const outcome = escape === undefined ? outcomeOf(failure) : "escaped";
  const after = new Set(childPids());
  const strange = Object.entries(near.codes).filter(([code]) => !cellsEnd.has(code));
  return {
    script: script.name,
    outcome,
    code: failure?.code ?? "",
    stopMs,
    boundMs: boundMsFor({ outcome, stopMs, waitedMs }, options),
    cellLost: isCellLost || before.some((pid) => !after.has(pid)),
    innocentErrors: outer.errors,
    innocentLost: outer.lost,
    innocentRate: Math.round(stage.rate(outer.ratePerSecond) * percent) / percent,
    neighbourErrors: strange.reduce((sum, [, count]) => sum + count, 0),
    neighbourBackMs,
    hostAlive,
    hostStallMs: Math.round(delay.max / nanosecondsPerMs),
    rssAfterMb: stage.residentMb(),
    text: escape ?? [failure?.text, outer.firstError].filter(Boolean).join("; innocents: "),
  };
}

function escapeIn(text: string): string | undefined {
  const line = text.split("\n").find((one) => escapeWord.test(one));
  return line === undefined ? undefined : line.slice(0, shownUnits);
}
