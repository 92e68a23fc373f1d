// Refusal: why a value cannot be packed, and where it is. Neutral: host and guest.
// Fed by pack.ts as a write unwinds, taken by codec.ts. No author code runs in between.
// Invariant: the path is empty unless a write is unwinding.

import { CodedError } from "./coded-error.ts";
import type { ErrorCode } from "./error-codes.ts";
import { limits } from "./limits.ts";
import { StringPrototypeSlice } from "./primordials.ts";

/** What a write returns when it gives up; -1 is a full buffer and has no path. */
const Refusal = { full: -1, unsupported: -2, tooDeep: -3, tooMany: -4 } as const;

const keyUnitsMax = 64; // of one key in the text: a path is for people

let path = "";
let reason = "";

export function refuseThing(thing: string): number {
  path = "";
  reason = `${thing} cannot be sent`;
  return Refusal.unsupported;
}

export function refuseDepth(): number {
  path = "";
  reason = `nested deeper than ${limits.packDepthMax} (packDepthMax), or in itself`;
  return Refusal.tooDeep;
}

export function refuseCount(): number {
  path = "";
  reason = `more than ${limits.packValuesMax} values in one body (packValuesMax)`;
  return Refusal.tooMany;
}

/** `end` as it came, after the field's name has gone in front of the path. */
export function withField(end: number, key: string): number {
  if (end !== Refusal.full) path = `.${shortened(key)}${path}`;
  return end;
}

export function withItem(end: number, index: number): number {
  if (end !== Refusal.full) path = `[${index}]${path}`;
  return end;
}

/** `index` counts keys and values alike, as they are packed. */
export function withEntry(end: number, index: number): number {
  const part = index % 2 === 0 ? "key" : "entry";
  if (end !== Refusal.full) path = `{${part} ${index >> 1}}${path}`;
  return end;
}

function shortened(key: string): string {
  return key.length > keyUnitsMax ? `${StringPrototypeSlice(key, 0, keyUnitsMax)}…` : key;
}

/** The error for a write that returned `end` at top-level value `index`. */
export function takeRefusal(end: number, index: number): CodedError {
  const text = `value ${index}${path}: ${reason}`;
  path = "";
  reason = "";
  return new CodedError(codeOf(end), text);
}

function codeOf(end: number): ErrorCode {
  if (end === Refusal.tooDeep) return "PACK_TOO_DEEP";
  return end === Refusal.tooMany ? "PACK_TOO_MANY" : "PACK_UNSUPPORTED";
}
