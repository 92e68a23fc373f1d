// Shadow answer: reads what a shard or a cell says of its shadows. A cell's may be made up.
// Shard 0. Used by shadowing.ts.
// Invariant: what comes out has the shape of its type, and texts of bounded length.

import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { ShadowDifference, ShadowReport } from "../../wire/shadow-report.ts";

const textCharsMax = 1000;
const rowsMax = limits.shadowsMax * 2; // those that run, and those that have ended

/** Fails with INSPECT_FAILED. */
export function readShadowReports(value: unknown): ShadowReport[] {
  if (!Array.isArray(value)) throw malformed();
  return value.slice(0, rowsMax).map((each) => readShadowReport(each));
}

/** Fails with INSPECT_FAILED. */
export function readShadowReport(value: unknown): ShadowReport {
  const given = fields(value);
  const { first } = given;
  return {
    address: amount(given["address"]),
    ending: text(given["ending"]),
    ms: amount(given["ms"]),
    inputs: amount(given["inputs"]),
    behindBytes: amount(given["behindBytes"]),
    compared: amount(given["compared"]),
    different: amount(given["different"]),
    first: first === undefined ? undefined : readDifference(first),
    errors: amount(given["errors"]),
    logLines: amount(given["logLines"]),
    cpuMs: amount(given["cpuMs"]),
    originalCpuMs: amount(given["originalCpuMs"]),
  };
}

function readDifference(value: unknown): ShadowDifference {
  const { input, frame, original, copy } = fields(value);
  return {
    input: amount(input),
    frame: amount(frame),
    original: text(original),
    copy: text(copy),
  };
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw malformed();
}

function text(value: unknown): string {
  if (typeof value === "string") return value.slice(0, textCharsMax);
  throw malformed();
}

function amount(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw malformed();
}

function malformed(): CodedError {
  const what = "the answer of the service's shard or cell has not the shape of a shadow's report";
  return new CodedError("INSPECT_FAILED", what);
}
