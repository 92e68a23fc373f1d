// The replay command: runs a recording again and says where it goes another way.
// Main thread of the isonet command. Hung into the program by main.ts.
// Invariant: exit code 0 when everything came as recorded, 1 when not, 2 when there is nothing to
// replay.

import { inspect } from "node:util";
import { safeText } from "../../services/host/console/safe-text.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Program } from "./program.ts";
import type { Replayed } from "../replay.ts";
import { results } from "./results.ts";

type ReplayArguments = { readonly to?: string; readonly with?: string; readonly json?: true };

const about = `Runs a recorded service (console: logon) in a fresh isolate, without a host: the same
messages in the same turns, the same time and chance. What it sends is compared byte for byte with
what is on record; nothing is sent anywhere.

An input is one turn with its messages; input 0 is the module's body.

Exit codes: 0 all came as recorded, 1 something came otherwise, 2 the file cannot be replayed.`;

export function registerReplay(program: Program): void {
  program
    .command("replay <file>")
    .summary("run a recorded service again, and compare")
    .description(about)
    .option("--to <input>", "stop after this input and print the service's state")
    .option("--with <source>", "run this file in place of the recorded main module")
    .option("--json", "print the result as JSON")
    .action(run);
}

async function run(file: string, given: ReplayArguments): Promise<void> {
  const to = given.to === undefined ? undefined : Number(given.to);
  if (to !== undefined && !(Number.isInteger(to) && to >= 0)) {
    throw new CodedError("CONFIG_INVALID", `--to: ${given.to}; the number of an input is needed`);
  }
  const { replay } = await import("../replay.ts");
  const replayed = await replay({ file, to, withSource: given.with });
  const lines = given.json === true ? [jsonOf(replayed)] : linesOf(replayed);
  results().write(`${lines.map((line) => safeText(line)).join("\n")}\n`);
  process.exitCode = replayed.difference === undefined ? exitCodes.done : exitCodes.fault;
}

function linesOf({ recording, played, difference, state }: Replayed): string[] {
  const { start, turns, ending } = recording;
  const lines = [
    `${start.name}, recorded ${start.moment} with Node.js ${start.node}: ${turns.length} inputs`,
    `the recording ends: ${ending ?? "it is cut off"}`,
  ];
  if (difference === undefined) {
    lines.push(`${played} inputs played, all came as recorded`);
  } else {
    const { input, expected, came } = difference;
    lines.push(`input ${input} came otherwise:`, `  recorded: ${expected}`, `  came:     ${came}`);
  }
  if (state !== undefined) {
    lines.push(...Object.entries(state).map(([name, value]) => `${name}: ${shown(value)}`));
  }
  return lines.flatMap((line) => line.split("\n"));
}

function shown(value: unknown): string {
  return value === undefined ? "none" : inspect(value, { depth: 8 });
}

function jsonOf({ recording, played, difference, state }: Replayed): string {
  const { start, turns, ending } = recording;
  const result = { start, inputs: turns.length, ending, played, difference, state };
  return JSON.stringify(result, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    return value === undefined ? null : value;
  });
}
