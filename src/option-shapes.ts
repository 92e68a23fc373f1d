// Option shapes: the options that are more than a number: paths, the first service, console, log,
// settings.
// Main thread, before anything starts. Used by option-table.ts.
// Invariant: what a reader gives is frozen and absolute: nothing depends on the working directory
// later.

import path from "node:path";
import type { LogOptions } from "./log/log.ts";
import {
  choice,
  isRecord,
  optionalPath,
  readTable,
  refusal,
  text,
  wholeNumber,
  type OptionReader,
  type Place,
  type ReaderTable,
} from "./option-readers.ts";
import type { ConsoleOptions, DevtoolsOptions, StartOrder } from "./options.ts";

const ownServices = path.resolve(import.meta.dirname, "../services/guest/?.ts");

export const consoleTable: ReaderTable<ConsoleOptions> = {
  host: text("address to listen on; the console has no password", "127.0.0.1"),
  port: wholeNumber({ about: "port", min: 0, max: 65_535, initial: 8000, note: "0: any free one" }),
};

export const devtoolsTable: ReaderTable<DevtoolsOptions> = {
  host: text(
    "address to listen on; whoever can connect may ask for a service's token",
    "127.0.0.1",
  ),
  port: wholeNumber({ about: "port", min: 0, max: 65_535, initial: 0, note: "0: any free one" }),
};

export const logTable: ReaderTable<Required<LogOptions>> = {
  file: optionalPath("file to append to; SIGHUP opens it anew", "standard output"),
  format: choice({
    about: "JSON lines, or text for people; auto: text on a terminal",
    of: ["auto", "json", "pretty"],
    initial: "auto",
  }),
  level: choice({
    about: "lines below it are left out",
    of: ["debug", "info", "warn", "error"],
    initial: "info",
  }),
};

export function servicePath(): OptionReader<readonly string[]> {
  const allowed =
    'patterns with a "?" for the service\'s name, as a list or parted by ";", ' +
    "each ending in .ts, .mts, .js or .mjs";
  const defaults = ["./services/?.ts", "./services/?.js"];
  return {
    about: "where files of services are looked for; the package's own services come last",
    allowed,
    defaultText: defaults.join(";"),
    initial: (directory) => resolvePatterns(defaults, directory),
    read: (value, { key, directory }) => {
      const patterns: unknown = typeof value === "string" ? value.split(";") : value;
      if (!Array.isArray(patterns) || patterns.length === 0) throw refusal(key, value, allowed);
      for (const pattern of patterns as unknown[]) {
        const isPattern = typeof pattern === "string" && /\?.*\.m?[jt]s$/.test(pattern);
        if (!isPattern) throw refusal(key, pattern, allowed);
      }
      return resolvePatterns(patterns as string[], directory);
    },
  };
}

function resolvePatterns(patterns: readonly string[], directory: string): readonly string[] {
  const absolute = patterns.map((pattern) => path.resolve(directory, pattern));
  return Object.freeze([...new Set([...absolute, ownServices])]);
}

export function startOrder(): OptionReader<StartOrder | undefined> {
  const allowed =
    'a service\'s name, with arguments after spaces ("main 7 blue"), or { name, args }';
  return {
    about: "service to launch first",
    allowed,
    defaultText: "none",
    initial: () => undefined,
    read: (value, { key }) => {
      if (typeof value === "string" && value.trim() !== "") {
        const [name = "", ...args] = value.trim().split(/\s+/);
        return Object.freeze({ name, args: Object.freeze(args) });
      }
      if (!isRecord(value)) throw refusal(key, value, allowed);
      const { name, args = [], ...others } = value;
      const isOrder = typeof name === "string" && name !== "" && Array.isArray(args);
      if (!isOrder || Object.keys(others).length > 0) throw refusal(key, value, allowed);
      return Object.freeze({ name, args: Object.freeze([...(args as unknown[])]) });
    },
  };
}

/** The debug console: false, or where it listens. */
export function consoleOption(): OptionReader<ConsoleOptions | false> {
  const tables = nested(
    consoleTable,
    "debug console; false: none",
    "false, or an object with host and port",
  );
  return {
    ...tables,
    read: (value, place) => (value === false ? false : tables.read(value, place)),
  };
}

/** Where endpoints for DevTools listen. */
export function devtoolsOption(): OptionReader<DevtoolsOptions> {
  return nested(devtoolsTable, "endpoints for DevTools", "an object with host and port");
}

export function logOption(): OptionReader<Required<LogOptions>> {
  return nested(logTable, "where log lines go, and which", "an object with file, format and level");
}

function nested<T extends object>(
  table: ReaderTable<T>,
  about: string,
  allowed: string,
): OptionReader<T> {
  const read = (value: unknown, { key, directory }: Place): T => {
    if (!isRecord(value)) throw refusal(key, value, allowed);
    return readTable(table, value, { key: `${key}.`, directory });
  };
  return {
    about,
    allowed,
    defaultText: "as below",
    initial: (directory) => readTable(table, {}, { key: "", directory }),
    read,
  };
}

export function envOption(): OptionReader<Readonly<Record<string, string>>> {
  const allowed = "an object of texts, numbers and booleans; no spaces in its keys";
  return {
    about: "settings of your own: getEnv reads them, as texts",
    allowed,
    defaultText: "none",
    initial: () => Object.freeze({}),
    read: (value, { key }) => {
      if (!isRecord(value)) throw refusal(key, value, allowed);
      const entries = Object.entries(value).map(([name, setting]): [string, string] => {
        if (!/^\S+$/.test(name)) throw refusal(key, name, allowed);
        if (!["string", "number", "boolean"].includes(typeof setting)) {
          throw refusal(`${key}.${name}`, setting, "a text, a number or a boolean");
        }
        return [name, String(setting)];
      });
      return Object.freeze(Object.fromEntries(entries));
    },
  };
}
