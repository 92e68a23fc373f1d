// Config file: reads a configuration, the files it includes, and the environment variables it
// names.
// Main thread, before anything starts. Used by the command line; options.ts checks what comes out.
// Invariant: every path in what it returns is absolute, from the directory of the file it was
// written in.

import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { CodedError } from "../wire/coded-error.ts";
import { readConfigModule, type ConfigModule, type OnStart } from "./config-module.ts";
import { replaceVariables, type Variables } from "./config-variables.ts";
import { isRecord, refusal } from "./option-readers.ts";
import type { HostOptions } from "./options.ts";

type Settings = Readonly<Record<string, unknown>>;

const filesMax = 64; // a configuration of more files is a mistake
const moduleEndings = [".mjs", ".js", ".ts", ".mts"];

/**
 * Reads the configuration at `file`: JSON, or an ES module (.mjs, .js, .ts) that exports `config`.
 *
 * In every text, $NAME stands for the environment variable NAME, and $$ for a dollar sign.
 * `include` names further files, relative to this one; they are read first, in order, and what
 * comes later wins: key by key also within console, log and env. A module may export `onStart` too:
 * each goes into `hooks`, in that order. Fails with CONFIG_INVALID.
 */
export async function loadConfig(
  file: string,
  variables: Variables,
  hooks: OnStart[] = [],
): Promise<HostOptions> {
  const settings = await readChain(path.resolve(file), {
    chain: [],
    variables,
    files: { count: 0 },
    hooks,
  });
  return settings;
}

type Reading = {
  /** The files that include one another down to this one. */
  readonly chain: readonly string[];
  readonly variables: Variables;
  readonly files: { count: number };
  /** The onStart of each module, the included ones first. */
  readonly hooks: OnStart[];
};

async function readChain(file: string, reading: Reading): Promise<Settings> {
  const real = realPath(file, reading.chain);
  const chain = [...reading.chain, real];
  if (reading.chain.includes(real)) {
    throw invalid(`include: the files include each other: ${chain.join(" -> ")}`);
  }
  reading.files.count++;
  if (reading.files.count > filesMax) {
    throw invalid(`include: more than ${filesMax} files, the last one ${real}`);
  }
  const { config, onStart } = await readAnyForm(real);
  const replaced = replaceVariables(settingsOf(config, real), {
    variables: reading.variables,
    file: real,
  });
  const { include, ...own } = replaced as Settings;
  let settings: Settings = {};
  for (const included of includeList(include, real)) {
    const next = path.resolve(path.dirname(real), included);
    settings = mergeSettings(settings, await readChain(next, { ...reading, chain }));
  }
  if (onStart !== undefined) reading.hooks.push(onStart);
  return mergeSettings(settings, withAbsolutePaths(own, path.dirname(real)));
}

function realPath(file: string, chain: readonly string[]): string {
  try {
    return realpathSync(file);
  } catch (error) {
    const by = chain.at(-1);
    const who = by === undefined ? "" : `, which ${by} includes`;
    throw invalid(`cannot read the configuration ${file}${who}: ${(error as Error).message}`);
  }
}

async function readAnyForm(file: string): Promise<ConfigModule> {
  const ending = path.extname(file);
  if (moduleEndings.includes(ending)) return readConfigModule(file);
  if (ending === ".json") return { config: readJson(file), onStart: undefined };
  const endings = [".json", ...moduleEndings].join(", ");
  throw invalid(`${file}: a configuration's name ends in one of ${endings}`);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw invalid(`cannot read the configuration ${file}: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function settingsOf(value: unknown, file: string): Settings {
  if (isRecord(value)) return value;
  throw refusal(`the configuration in ${file}`, value, "an object of options");
}

function includeList(include: unknown, file: string): readonly string[] {
  if (include === undefined) return [];
  const list: unknown = typeof include === "string" ? [include] : include;
  const isList = Array.isArray(list) && list.every((entry) => typeof entry === "string");
  if (isList) return list;
  throw refusal(`include in ${file}`, include, "the path of a file, or a list of them");
}

/** `later` wins; console, log and env are merged key by key. */
export function mergeSettings(earlier: Settings, later: Settings): Settings {
  // No prototype: the key "__proto__" of a hostile file is a key like any other, and refused as
  // unknown.
  const merged = Object.assign(Object.create(null), earlier) as Record<string, unknown>;
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key];
    merged[key] =
      isRecord(before) && isRecord(value) && key !== "start" ? { ...before, ...value } : value;
  }
  return merged;
}

/**
 * The settings with their relative paths made absolute. Paths of a wrong type stay as they are:
 * options.ts says what is wrong with them.
 */
export function withAbsolutePaths(settings: Settings, directory: string): Settings {
  const absolute: Record<string, unknown> = { ...settings };
  const { servicePath, log } = settings;
  const patterns: unknown = typeof servicePath === "string" ? servicePath.split(";") : servicePath;
  if (Array.isArray(patterns)) {
    absolute["servicePath"] = patterns.map((pattern: unknown) =>
      typeof pattern === "string" ? path.resolve(directory, pattern) : pattern,
    );
  }
  if (isRecord(log) && typeof log["file"] === "string" && log["file"] !== "") {
    absolute["log"] = { ...log, file: path.resolve(directory, log["file"]) };
  }
  return absolute;
}

function invalid(text: string): CodedError {
  return new CodedError("CONFIG_INVALID", text);
}
