// Shard answers: what control services tell of their services, taken as what it has to be.
// Shard 0. Read by launcher.ts.
// Invariant: a cell's process may be a stranger's: what is not a figure is "ERROR", and stays here.

import type { Missing, OwnerFigures } from "../api/launcher.ts";
import { limits } from "../../wire/limits.ts";

type FieldType = "number" | "string";
type Fields = Readonly<Record<string, FieldType>>;

/** Fields of each service's figures, by the command that asks for them. */
export const serviceFields = {
  stat: {
    cpu: "number",
    message: "number",
    mqlen: "number",
    task: "number",
    turns: "number",
    turnMs: "number",
    sent: "number",
    refused: "number",
    expired: "number",
    faults: "number",
    interrupts: "number",
    errors: "number",
    timers: "number",
    state: "string",
  },
  mem: {
    usedBytes: "number",
    totalBytes: "number",
    limitBytes: "number",
    externalBytes: "number",
    nativeBytes: "number",
    sharedBytes: "number",
  },
  gc: { beforeBytes: "number", afterBytes: "number", ms: "number" },
} as const satisfies Record<string, Fields>;

const ownerFields: Fields = {
  owner: "string",
  services: "number",
  balanceMs: "number",
  chargedMs: "number",
  waitingMs: "number",
};

/** One service's figures in its shard's answer; undefined when the shard says nothing of it. */
export function figureOf(
  answer: unknown,
  key: string,
  fields: Fields,
): Record<string, unknown> | "ERROR" | undefined {
  if (!isRecord(answer)) return "ERROR";
  if (!Object.hasOwn(answer, key)) return undefined;
  return readFields(answer[key], fields) ?? "ERROR";
}

/** It has not answered in time, has failed, or is about to come back. */
export function isMissing(answer: unknown): answer is Missing {
  return answer === "TIMEOUT" || answer === "ERROR" || answer === "RESTARTING";
}

/** What a cell tells of its owners. */
export function ownersOf(answer: unknown): readonly OwnerFigures[] | "ERROR" {
  if (!Array.isArray(answer)) return "ERROR";
  const owners = answer.map((each) => readFields(each, ownerFields));
  return owners.includes(undefined) ? "ERROR" : (owners as OwnerFigures[]);
}

/** A copy of those fields alone; undefined when one is missing, or not of its type. */
function readFields(value: unknown, fields: Fields): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const copy: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(fields)) {
    const field = value[name];
    const isRight =
      type === "number"
        ? Number.isFinite(field)
        : typeof field === "string" && field.length <= limits.nameBytesMax;
    if (!isRight) return undefined;
    copy[name] = field;
  }
  return copy;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
