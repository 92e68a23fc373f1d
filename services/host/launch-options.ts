// Launch options: reads what a service says of the service it wants to start.
// Shard 0. Used by launcher.ts.
// Invariant: hostile input: unknown keys and wrong types are refused with ARGUMENT_INVALID, naming
// them.

import type { LaunchOptions } from "isonet";
import { utf8Length } from "../../wire/utf8.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { readAllow } from "./launch-allow.ts";
import { restartFault } from "./restart-terms.ts";

const memoryMbMin = 8;
const memoryMbMax = 16_384;
const ownerBytesMax = 64;

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
  trust: (value) =>
    value === "trusted" || value === "untrusted" ? undefined : '"trusted" or "untrusted"',
  owner: (value) =>
    typeof value === "string" && value !== "" && utf8Length(value) <= ownerBytesMax
      ? undefined
      : `a text of 1 to ${ownerBytesMax} bytes`,
  sliceMs: wholeNumber(10, 5000, "milliseconds"),
  cpuPerSecondMs: wholeNumber(1, 1000, "milliseconds"),
  mailboxMax: wholeNumber(16, 65_536, "messages"),
  allow: (value) => {
    readAllow(value, 1);
    return undefined;
  },
  restart: restartFault,
  record: (value) => (typeof value === "boolean" ? undefined : "true or false"),
  modules: (value) => (isTextTable(value) ? undefined : "source texts by relative specifier"),
};

function wholeNumber(min: number, max: number, unit: string) {
  return (value: unknown): string | undefined =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `a whole number of ${unit} from ${min} to ${max}`;
}

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

/**
 * Fails with ARGUMENT_INVALID: a trusted service may do everything, and nobody should rely on less.
 */
export function checkAllowFits({ allow, trust }: LaunchOptions): void {
  if (allow !== undefined && trust !== "untrusted") {
    throw new CodedError(
      "ARGUMENT_INVALID",
      'launch option allow is for untrusted services: trust "untrusted" is needed',
    );
  }
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
