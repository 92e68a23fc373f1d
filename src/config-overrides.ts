// Config overrides: `--set key=value` of the command line.
// Main thread, before anything starts. Used by the start and check commands.
// Invariant: a value under env stays the text it is; any other is JSON, or a text where it is no
// JSON.

import { CodedError } from "../wire/coded-error.ts";
import { mergeSettings, withAbsolutePaths } from "./config-file.ts";
import type { HostOptions } from "./options.ts";

/**
 * The configuration with overrides: "shards=2", "console.port=9000", "env.mode=dark". Later ones
 * win. Relative paths in them start from `directory`. Fails with CONFIG_INVALID.
 */
export function withOverrides(
  config: HostOptions,
  overrides: readonly string[],
  directory: string,
): HostOptions {
  let settings: Readonly<Record<string, unknown>> = { ...config };
  for (const override of overrides) {
    settings = mergeSettings(settings, withAbsolutePaths(readOverride(override), directory));
  }
  return settings;
}

function readOverride(override: string): Readonly<Record<string, unknown>> {
  const match = /^([a-z]\w*)(?:\.([^=\s]+))?=(.*)$/is.exec(override);
  if (match === null) {
    throw new CodedError(
      "CONFIG_INVALID",
      `--set ${override}: allowed: key=value, with a dot for a key within console, log and env ` +
        "(log.level=debug)",
    );
  }
  const [, key = "", inner, text = ""] = match;
  const value = key === "env" && inner !== undefined ? text : readValue(text);
  return inner === undefined ? { [key]: value } : { [key]: { [inner]: value } };
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
