// Sproto refusal: the three ways in which this folder says no. Pure: host, clients, guests.
// Invariant: a caller's fault is told from a stranger's bytes, and both from a wrong schema.

import { CodedError } from "../coded-error.ts";

/** Bytes of a stranger that are not of the schema. */
export function malformed(text: string): CodedError {
  return new CodedError("SPROTO_MALFORMED", text);
}

/** A name, value or session of the caller that cannot be. */
export function unusable(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}

export function schemaInvalid(text: string, line: number): CodedError {
  return new CodedError("SPROTO_SCHEMA_INVALID", `line ${line} of the sproto schema: ${text}`);
}

export function expectBytes(what: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw unusable(`${what} must be a Uint8Array, not ${describe(value)}`);
}

/** A value's type, for people. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return value instanceof Map ? "Map" : typeof value;
}
