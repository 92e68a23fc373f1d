// Launch options: reads what a service says of the service it wants to start.
// Shard 0. Used by launcher.ts.
// Invariant: hostile input: unknown keys and wrong types are refused with ARGUMENT_INVALID, naming
// them.

import type { LaunchOptions } from "isonet";
import { CodedError } from "../../wire/coded-error.ts";

const memoryMbMin = 8;
const memoryMbMax = 16_384;

const readers: {
  readonly [K in keyof Required<LaunchOptions>]: (value: unknown) => string | undefined;
} = {
  name: (value) =>
    typeof value === "string" && value !== "" ? undefined : "the name of a service",
  memoryMb: (value) =>
    typeof value === "number" && value >= memoryMbMin && value <= memoryMbMax
      ? undefined
      : `a number of MiB from ${memoryMbMin} to ${memoryMbMax}`,
  near: (value) =>
    typeof value === "number" || typeof value === "string" ? undefined : "an address or a name",
  modules: (value) => (isTextTable(value) ? undefined : "source texts by relative specifier"),
};

/** Fails with ARGUMENT_INVALID. */
export function readLaunchOptions(given: unknown): LaunchOptions {
  if (typeof given !== "object" || given === null) {
    throw new CodedError(
      "ARGUMENT_INVALID",
      "newService needs the name of a service, or options with one",
    );
  }
  const options = given as Record<string, unknown>;
  for (const [key, value] of Object.entries(options)) {
    const reader = Object.hasOwn(readers, key) ? readers[key as keyof LaunchOptions] : undefined;
    if (reader === undefined) {
      const known = Object.keys(readers).join(", ");
      throw new CodedError(
        "ARGUMENT_INVALID",
        `launch option ${JSON.stringify(key)} is not known; ${known} are`,
      );
    }
    const wanted = value === undefined ? undefined : reader(value);
    if (wanted !== undefined) throw invalid(key, value, wanted);
  }
  if (options["name"] === undefined) throw invalid("name", undefined, "the name of a service");
  return options as unknown as LaunchOptions;
}

function invalid(key: string, value: unknown, wanted: string): CodedError {
  const shown = typeof value === "number" || typeof value === "string" ? value : typeof value;
  return new CodedError(
    "ARGUMENT_INVALID",
    `launch option ${key} is ${shown}: ${wanted} is needed`,
  );
}

function isTextTable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((text) => typeof text === "string");
}
