// Web answer: what the dashboard's server sends: its page, JSON, and refusals a person can read.
// Shard 0. Used by web-face.ts.
// Invariant: every answer forbids scripts, frames and requests that are not the dashboard's own.

import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { OpenFile } from "./web-powers.ts";

const headers = {
  connection: "close",
  "cache-control": "no-store",
  // No inline script, nothing of another origin, no frame around it.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

export type WebAnswer = {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array | string;
  readonly more?: Readonly<Record<string, string>>;
};

export function sendWeb(response: ServerResponse, { status, type, body, more }: WebAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, {
    ...headers,
    ...more,
    "content-type": type,
    "content-length": bytes.length,
  });
  response.end(bytes);
}

/** A file to be kept, under the last part of its path; resolves when it has gone out, or failed. */
export function sendFile(
  response: ServerResponse,
  path: string,
  { bytes, stream }: OpenFile,
): Promise<void> {
  const name = (path.split(/[\\/]/).at(-1) ?? "").replaceAll(/[^\w.-]/g, "_");
  response.writeHead(200, {
    ...headers,
    "content-type": "application/octet-stream",
    "content-length": bytes,
    "content-disposition": `attachment; filename="${name}"`,
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  pipeline(stream, response, () => resolve()); // who hangs up has what came so far
  return promise;
}

/** For a person without the token: where to get it. */
export function sendWelcome(response: ServerResponse): void {
  const body =
    "isonet dashboard\n\nThis address needs the host's token. On the host's machine run:\n\n" +
    "  isonet dashboard\n\nand open the address it prints. `isonet start` prints it, too.\n";
  sendWeb(response, { status: 401, type: "text/plain; charset=utf-8", body });
}
