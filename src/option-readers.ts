// Option readers: turn one value of a configuration into what the host uses, or say what is allowed
// instead.
// Main thread, before anything starts. Used by option-table.ts.
// Invariant: a refusal is CONFIG_INVALID and names the key, what was given and what is allowed.

import path from "node:path";
import { inspect } from "node:util";
import { CodedError } from "../wire/coded-error.ts";
import { suggest } from "./suggest.ts";

/** Where a value stands: its key, and the directory its relative paths start from. */
export type Place = { readonly key: string; readonly directory: string };

export type OptionReader<T> = {
  /** What the option does: one line of help. */
  readonly about: string;
  /** What may be given, with the unit. */
  readonly allowed: string;
  /** The default as people read it. */
  readonly defaultText: string;
  readonly initial: (directory: string) => T;
  /** Fails with CONFIG_INVALID. */
  readonly read: (value: unknown, place: Place) => T;
};

export function refusal(key: string, given: unknown, allowed: string): CodedError {
  return new CodedError("CONFIG_INVALID", `${key}: got ${show(given)}; allowed: ${allowed}`);
}

const shownMax = 80;

function show(given: unknown): string {
  const shown = inspect(given, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
  return shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown;
}

type Range = {
  readonly about: string;
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
  readonly initial: number | (() => number);
  /** Why nothing above the maximum is allowed, or what a value means. */
  readonly note?: string;
  readonly defaultText?: string;
};

/** A whole number of a unit within a range. */
export function wholeNumber(range: Range): OptionReader<number> {
  const { about, min, max, unit, initial, note } = range;
  const of = unit === undefined ? "" : ` of ${unit}`;
  const allowed = `a whole number${of}, ${min} to ${max}${note === undefined ? "" : ` (${note})`}`;
  return {
    about,
    allowed,
    defaultText: range.defaultText ?? String(initial),
    initial: () => (typeof initial === "number" ? initial : initial()),
    read: (value, { key }) => {
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
        return value;
      }
      throw refusal(key, value, allowed);
    },
  };
}

type Choices<T> = { readonly about: string; readonly of: readonly T[]; readonly initial: T };

/** One of a few values. */
export function choice<T extends string | number>({
  about,
  of,
  initial,
}: Choices<T>): OptionReader<T> {
  const allowed = of.map((value) => JSON.stringify(value)).join(", ");
  return {
    about,
    allowed,
    defaultText: String(initial),
    initial: () => initial,
    read: (value, { key }) => {
      const found = of.find((one) => one === value);
      if (found !== undefined) return found;
      const near = typeof value === "string" ? suggest(value, of.map(String)) : undefined;
      throw refusal(key, value, allowed + (near === undefined ? "" : `; did you mean "${near}"?`));
    },
  };
}

/** A text that is not empty. */
export function text(about: string, initial: string): OptionReader<string> {
  const allowed = "a text that is not empty";
  return {
    about,
    allowed,
    defaultText: initial,
    initial: () => initial,
    read: (value, { key }) => {
      if (typeof value === "string" && value.trim() !== "") return value;
      throw refusal(key, value, allowed);
    },
  };
}

/** Reads a path, which starts from the directory of the options. */
function absolutePath(allowed: string): OptionReader<string>["read"] {
  return (value, { key, directory }) => {
    if (typeof value === "string" && value !== "") return path.resolve(directory, value);
    throw refusal(key, value, allowed);
  };
}

/** A path, made absolute; undefined when it is not given. */
export function optionalPath(about: string, defaultText: string): OptionReader<string | undefined> {
  const allowed = "the path of a file";
  return {
    about,
    allowed,
    defaultText,
    initial: () => undefined,
    read: absolutePath(allowed),
  };
}

export function flag(about: string, initial: boolean): OptionReader<boolean> {
  const allowed = "true or false";
  return {
    about,
    allowed,
    defaultText: String(initial),
    initial: () => initial,
    read: (value, { key }) => {
      if (typeof value === "boolean") return value;
      throw refusal(key, value, allowed);
    },
  };
}

/** A directory, made absolute; it need not be there. */
export function directoryPath(about: string, initial: string): OptionReader<string> {
  const allowed = "the path of a directory";
  return {
    about,
    allowed,
    defaultText: `./${initial}`,
    initial: (from) => path.resolve(from, initial),
    read: absolutePath(allowed),
  };
}

export type ReaderTable<T> = { readonly [K in keyof T]: OptionReader<T[K]> };

/**
 * Reads every key of `given` by the table and fills in the others. `prefix` goes before the keys in
 * refusals.
 * Fails with CONFIG_INVALID, also for a key that is not in the table.
 */
export function readTable<T extends object>(
  table: ReaderTable<T>,
  given: object,
  { key: prefix, directory }: Place,
): T {
  const read: Partial<T> = {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(table, key)) throw unknownKey(prefix + key, Object.keys(table));
  }
  for (const key of Object.keys(table) as (keyof T & string)[]) {
    const value = (given as Partial<Record<keyof T, unknown>>)[key];
    const reader = table[key];
    read[key] =
      value === undefined
        ? reader.initial(directory)
        : reader.read(value, { key: prefix + key, directory });
  }
  return Object.freeze(read) as T;
}

/** True for an object literal, as JSON or a configuration module has it. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What people who know Skynet's configuration may write. */
const skynetNames: Readonly<Record<string, string>> = {
  thread: "shards",
  harbor: "node",
  luaservice: "servicePath",
  logger: "log.file",
};

function unknownKey(key: string, known: readonly string[]): CodedError {
  const name = key.slice(key.lastIndexOf(".") + 1);
  const near = skynetNames[name] ?? suggest(name, known);
  const hint = near === undefined ? "." : `; did you mean "${near}"?`;
  const free = key === name ? " (settings of your own belong under env)" : "";
  const keys = known.join(", ");
  return new CodedError(
    "CONFIG_INVALID",
    `unknown key "${key}"${hint} The keys are ${keys}${free}.`,
  );
}
