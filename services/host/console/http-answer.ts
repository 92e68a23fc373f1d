// HTTP answer: an answer or a failure as status, headers and JSON.
// Shard 0. Used by http-session.ts.
// Invariant: the body is `{"ok":true,"result":…}` or `{"ok":false,"code":…,"error":…}`, and no
// longer than its bound.

import type { ServerResponse } from "node:http";
import type { Answer, Failure } from "./answer.ts";
import { consoleLimits } from "./console-limits.ts";
import { jsonOf } from "./json.ts";

const statuses = new Map([
  ["ARGUMENT_INVALID", 400],
  ["NAME_INVALID", 400],
  ["PACK_UNSUPPORTED", 400],
  ["PACK_TOO_DEEP", 400],
  ["NOT_PERMITTED", 403],
  ["COMMAND_UNKNOWN", 404],
  ["ADDRESS_UNKNOWN", 404],
  ["ADDRESS_DEAD", 404],
  ["NAME_UNKNOWN", 404],
  ["SERVICE_NOT_FOUND", 404],
  ["ENV_EXISTS", 409],
  ["NAME_TAKEN", 409],
  ["UNIQUE_FAILED", 409],
  ["MESSAGE_TOO_LARGE", 413],
  ["NOT_AVAILABLE", 501],
  ["CALL_TIMEOUT", 504],
]);

function statusOf(code: string): number {
  return statuses.get(code) ?? 500;
}

export function sendAnswer(response: ServerResponse, { result }: Answer): void {
  const json = result === undefined ? '{"ok":true}' : `{"ok":true,"result":${jsonOf(result)}}`;
  const body = Buffer.from(`${json}\n`);
  if (body.length <= consoleLimits.httpAnswerBytesMax) {
    send(response, 200, body);
    return;
  }
  const text = `the answer has ${body.length} bytes, over ${consoleLimits.httpAnswerBytesMax}`;
  sendFailure(response, { code: "MESSAGE_TOO_LARGE", text }, 500);
}

export function sendFailure(
  response: ServerResponse,
  { code, text }: Failure,
  status = statusOf(code),
): void {
  send(response, status, failureBody({ code, text }));
}

export function failureBody({ code, text }: Failure): Buffer {
  return Buffer.from(`${jsonOf({ ok: false, code, error: text })}\n`);
}

function send(response: ServerResponse, status: number, body: Buffer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...answerHeaders, "content-length": body.length });
  response.end(body);
}

export const answerHeaders = {
  "content-type": "application/json; charset=utf-8",
  connection: "close",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
} as const;
