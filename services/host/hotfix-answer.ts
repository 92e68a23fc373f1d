// Hotfix answer: reads what a shard or a cell says of a hotfix. A cell's may be made up.
// Shard 0. Used by hotfix.ts.
// Invariant: what comes out has the shape of its type, and texts of bounded length.

import { CodedError } from "../../wire/coded-error.ts";
import type { HotfixOutcome } from "../api/hotfix.ts";

export type PatchAnswer = { readonly outcome: HotfixOutcome; readonly heldMs: number };

const textCharsMax = 1000;
const itemsMax = 100;

/** Fails with HOTFIX_FAILED. */
export function readPatchAnswer(value: unknown): PatchAnswer {
  const { outcome, heldMs } = fields(value);
  return { outcome: readOutcome(fields(outcome)), heldMs: amount(heldMs) };
}

function readOutcome(given: Record<string, unknown>): HotfixOutcome {
  const { kind } = given;
  const reason = text(given["reason"]);
  switch (kind) {
    case "applied":
      return { kind, reason, functions: list(given["functions"]).map(readFunction) };
    case "needs-replacement":
      return { kind, reason, obstacles: list(given["obstacles"]).map(readObstacle) };
    case "rejected":
      return { kind, reason, line: amount(given["line"]), column: amount(given["column"]) };
    case "unchanged":
    case "busy":
      return { kind, reason };
    default:
      throw malformed();
  }
}

function readFunction(value: unknown): { name: string; line: number } {
  const { name, line } = fields(value);
  return { name: text(name), line: amount(line) };
}

function readObstacle(value: unknown) {
  const { function: name, line, variable, why } = fields(value);
  return { function: text(name), line: amount(line), variable: text(variable), why: text(why) };
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw malformed();
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.slice(0, itemsMax);
  throw malformed();
}

function text(value: unknown): string {
  if (typeof value === "string") return value.slice(0, textCharsMax);
  throw malformed();
}

function amount(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 2 ** 31) return value;
  throw malformed();
}

function malformed(): CodedError {
  const what = "the answer of the service's shard or cell has not the shape of an outcome";
  return new CodedError("HOTFIX_FAILED", `${what}: which text the service runs is not known`);
}
