// Configuration: from the arguments of `start` and `check` to options.
// Main thread, before anything starts. Used by the two commands.
// Invariant: what is returned has been resolved once without a refusal.

import { existsSync } from "node:fs";
import path from "node:path";
import { CodedError } from "../../wire/coded-error.ts";
import { loadConfig } from "../config-file.ts";
import type { OnStart } from "../config-module.ts";
import { withOverrides } from "../config-overrides.ts";
import { optionTable } from "../option-table.ts";
import { consoleTable, devtoolsTable, logTable } from "../option-shapes.ts";
import type { OptionReader } from "../option-readers.ts";
import { resolveOptions, type HostOptions, type ResolvedOptions } from "../options.ts";
import { findService } from "../service-path.ts";
import { collect, type Program } from "./program.ts";

export type ConfigurationArguments = {
  readonly set?: readonly string[] | undefined;
  readonly log?: string | undefined;
};

export type Configuration = {
  readonly file: string;
  /** Where relative paths of defaults start from. */
  readonly directory: string;
  /** As the embedder's door takes them. */
  readonly options: HostOptions;
  /** What the configuration's modules want to be run when the host is up. */
  readonly onStart: readonly OnStart[];
  readonly resolved: ResolvedOptions;
  /** File of the first service, if there is one. */
  readonly startFile: string | undefined;
};

const exampleConfig = path.resolve(import.meta.dirname, "../../examples/agents/config.ts");

/** Gives `command` the arguments that `readConfiguration` reads, and their help. */
export function takesConfiguration(command: Program): Program {
  return command
    .argument("[config]", "JSON file, or ES module (.mjs, .js, .ts) that exports config")
    .option("--set <key=value>", "override one option; may be repeated", collect)
    .option("--log <format>", "short for --set log.format=<format>: auto, json or pretty")
    .addHelpText("after", () => `\n${configurationHelp()}`);
}

/** Fails with CONFIG_INVALID. */
export async function readConfiguration(
  config: string | undefined,
  { set = [], log }: ConfigurationArguments,
): Promise<Configuration> {
  const file = config === undefined ? exampleFile() : path.resolve(config);
  const overrides = log === undefined ? set : [...set, `log.format=${log}`];
  const onStart: OnStart[] = [];
  const loaded = await loadConfig(file, process.env, onStart);
  const options = withOverrides(loaded, overrides, process.cwd());
  const directory = path.dirname(file);
  const resolved = resolveOptions(options, directory);
  return { file, directory, options, onStart, resolved, startFile: findStartFile(resolved) };
}

function findStartFile({ start, servicePath }: ResolvedOptions): string | undefined {
  if (start === undefined) return undefined;
  try {
    return findService(start.name, servicePath).file;
  } catch (error) {
    throw new CodedError("CONFIG_INVALID", `start: ${(error as Error).message}`);
  }
}

function exampleFile(): string {
  if (existsSync(exampleConfig)) return exampleConfig;
  throw new CodedError(
    "CONFIG_INVALID",
    `without a configuration the example world is run, but ${exampleConfig} does not exist; ` +
      "name a configuration: isonet start config.json",
  );
}

const configurationAbout = `A configuration, as JSON:

  { "start": "main", "servicePath": "./services/?.ts", "console": { "port": 8000 } }

"include" names further configurations (a path or a list), relative to the file; they are read
first, and what comes later wins. In texts, $NAME is the environment variable NAME, and $$ a dollar
sign. Relative paths start from the directory of the file they are written in. A module may also
export onStart(host), called when the host is up: code of the host's own, such as a gate.

Options, with their defaults:
`;

/** Every option with default, meaning and range, out of the tables that check them. */
function configurationHelp(): string {
  const lines = [
    ...describe("", optionTable),
    ...describe("console.", consoleTable),
    ...describe("devtools.", devtoolsTable),
    ...describe("log.", logTable),
  ];
  return `${configurationAbout}\n${lines.join("\n")}\n`;
}

function describe(
  prefix: string,
  table: Readonly<Record<string, OptionReader<unknown>>>,
): string[] {
  const lines: string[] = [];
  for (const [key, { about, allowed, defaultText }] of Object.entries(table)) {
    lines.push(
      `  ${(prefix + key).padEnd(19)} ${about}`,
      ...folded(`${allowed}; default: ${defaultText}`),
    );
  }
  return lines;
}

const helpColumns = 98;
const helpIndent = " ".repeat(24);

function folded(text: string): string[] {
  const lines: string[] = [];
  let line = helpIndent;
  for (const word of text.split(" ")) {
    if (line.length + word.length > helpColumns) {
      lines.push(line.trimEnd());
      line = helpIndent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
