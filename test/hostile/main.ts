// Hostile: runs every script of a folder as an untrusted service in a live host, beside innocents.
// `npm run hostile -- --help` says how.
// Invariant: one line for each script, whatever it does to the host that runs it.

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { limits } from "../../wire/limits.ts";
import { summary, textLine } from "./runner/report.ts";
import { StageChild } from "./runner/stage-child.ts";
import { complaints, type HostileLine } from "./runner/verdict.ts";
import { commandLine, refusal } from "../kit/command-line.ts";

const usage = `npm run hostile -- --corpus DIR [--only TEXT] [--json]

Runs every *.js of the folder as the handler of an untrusted service (with the heading "// phase:
body", as its module's body), beside 20 innocent services that exchange numbered messages outside
its cell, and 3 inside it. The scripts see the author API as \`isonet\`.

  --corpus DIR     folder of the scripts
  --only TEXT      only those whose name has this text
  --json           one JSON object a line: script, outcome, code, stopMs, boundMs, cellLost,
                   innocentErrors, innocentLost, innocentRate, hostAlive, rssAfterMb, …
  --slice-ms N     slice of a turn (${limits.sliceMs})
  --stall-ms N     a cell that does not answer for this long is killed (${limits.cellStallMs})
  --brief          no time is spent on measuring innocentRate

Outcomes: returned, threw, interrupted, memory, cell-killed, refused, escaped.
Exit code 1: something escaped, the host died, an innocent had an error or lost a message, or a
script was stopped later than promised.`;

const options = {
  corpus: { type: "string" },
  only: { type: "string", default: "" },
  json: { type: "boolean", default: false },
  "slice-ms": { type: "string", default: String(limits.sliceMs) },
  "stall-ms": { type: "string", default: String(limits.cellStallMs) },
  brief: { type: "boolean", default: false },
} as const;

const refuse = refusal("hostile");

function milliseconds(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return refuse(`--${name} is ${text}: a whole number of milliseconds is needed`);
}

function scriptsOf(folder: string | undefined, only: string): string[] {
  if (folder === undefined) return refuse(`--corpus is needed\n\n${usage}`);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return refuse(`--corpus ${folder}: there is no such folder`);
  }
  const names = readdirSync(folder).filter((name) => name.endsWith(".js") && name.includes(only));
  if (names.length > 0) return names.toSorted().map((name) => path.resolve(folder, name));
  return refuse(`--corpus ${folder}: no script in it is named *${only}*.js`);
}

const given = commandLine("hostile", usage, options);
const scripts = scriptsOf(given.corpus, given.only);
const stage = new StageChild({
  sliceMs: milliseconds("slice-ms", given["slice-ms"]),
  cellStallMs: milliseconds("stall-ms", given["stall-ms"]),
  isBrief: given.brief,
});
const lines: HostileLine[] = [];
for (const [index, script] of scripts.entries()) {
  const place = `${index + 1} of ${scripts.length}`;
  console.error(`hostile: ${place}: ${path.basename(script)} …`);
  const line = await stage.run(script);
  lines.push(line);
  console.log(given.json ? JSON.stringify(line) : textLine(line));
}
const hasStopped = await stage.stop();
if (!hasStopped) console.error("hostile: the host did not stop in good order");
if (!given.json) console.error(`hostile: ${summary(lines)}`);
process.exitCode = hasStopped && lines.every((line) => complaints(line).length === 0) ? 0 : 1;
