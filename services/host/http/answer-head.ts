// Answer head: what a service answers to a request, read as hostile input; and the statuses that
// the host answers itself.
// Shard 0. Used by serving.ts and upgrades.ts.
// Invariant: what frames a body and a connection is the host's to write, whatever the service says.

import { isCodedError } from "../../../wire/coded-error.ts";
import type { Answer } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import { readBody, readHeaders, readNumber, readText, refused } from "./http-fields.ts";

const statusMax = 999;
const streamMax = Number.MAX_SAFE_INTEGER;
const framing = new Set([
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "trailer",
]);

/** `statusMin`: 101 where a connection is asked for, else 200. Fails with ARGUMENT_INVALID. */
export function readAnswer(given: unknown, statusMin: 101 | 200): Answer {
  if (typeof given !== "object" || given === null) throw refused("the answer", given, "an object");
  const { status, headers, body, stream, length, to, protocol } = given as Record<string, unknown>;
  return {
    status: readNumber("status", status, { min: statusMin, max: statusMax, or: 200 }),
    headers: readHeaders(headers, { bytesMax: limits.httpAnswerHeadBytesMax, dropped: framing }),
    body: readBody(body),
    stream: readOptional("stream", stream),
    length: readOptional("length", length),
    to: readOptional("to", to),
    protocol: readText("protocol", protocol === "" ? undefined : protocol, ""),
  };
}

function readOptional(name: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  return readNumber(name, given, { min: 0, max: streamMax, or: 0 });
}

export const closing = ["connection", "close"];

const unavailable = new Set([
  "ADDRESS_DEAD",
  "ADDRESS_UNKNOWN",
  "SERVICE_RESTARTING",
  "SERVICE_EXITED",
  "CELL_LOST",
  "MAILBOX_FULL",
  "LINK_FULL",
  "MEMORY_LIMIT",
]);

/** What a peer is told when its request was not answered: never more than a status. */
export function statusOf(error: unknown): number {
  if (!isCodedError(error)) return 500;
  if (unavailable.has(error.code)) return 503;
  return error.code === "CALL_TIMEOUT" ? 504 : 500;
}
