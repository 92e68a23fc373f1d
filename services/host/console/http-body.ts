// HTTP body: the text of what was posted, bounded.
// Shard 0. Used by http-session.ts and by the dashboard.
// Invariant: a body over its bound is read to its end and refused.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { CodedError } from "../../../wire/coded-error.ts";
import { consoleLimits } from "./console-limits.ts";

const { httpBodyBytesMax } = consoleLimits;

/** Ends the time a socket has to send its request. */
export const received = new WeakMap<Socket, () => void>();

/** Fails with MESSAGE_TOO_LARGE. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read to its end all the same: a client hears no answer while it is still sending.
    if (bytes <= httpBodyBytesMax) chunks.push(chunk);
  }
  if (bytes > httpBodyBytesMax) {
    throw new CodedError(
      "MESSAGE_TOO_LARGE",
      `the body has ${bytes} bytes, over ${httpBodyBytesMax}`,
    );
  }
  received.get(request.socket)?.();
  return Buffer.concat(chunks).toString("utf8");
}
