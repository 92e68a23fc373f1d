// Body: what authors give as a body, as what can be sent: text, bytes, or pieces.
// Guest: part of the library "isonet/http".
// Invariant: no piece is larger than what goes in one message.

import { bytesOf } from "isonet/bytes";
import { limits } from "../../wire/limits.ts";

export type Sendable = {
  /** Of its content, as a header says it; undefined: there is none. */
  readonly type: string | undefined;
  readonly body: string | Uint8Array | AsyncIterator<unknown>;
  /** In bytes, when it is known and comes in pieces. */
  readonly length: number | undefined;
};

const textType = "text/plain; charset=utf-8";
const bytesType = "application/octet-stream";
const jsonType = "application/json";

/** A large body is sent in pieces; of a stream it is not known how long it is. */
export function sendable(body: unknown): Sendable {
  if (body === undefined) return { type: undefined, body: "", length: undefined };
  if (typeof body === "string") return sized(body, textType);
  if (body instanceof Uint8Array) return sized(body, bytesType);
  if (isStream(body)) {
    const iterator = body[Symbol.asyncIterator]();
    return { type: bytesType, body: iterator, length: undefined };
  }
  return sized(JSON.stringify(body) ?? "null", jsonType);
}

export function isStream(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function sized(body: string | Uint8Array, type: string): Sendable {
  if (body.length <= limits.httpPieceBytes) return { type, body, length: undefined };
  const bytes = typeof body === "string" ? bytesOf(body) : body;
  return { type, body: slices(bytes), length: bytes.length };
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  for (let at = 0; at < bytes.length; at += limits.httpPieceBytes) {
    yield bytes.subarray(at, at + limits.httpPieceBytes);
  }
}

/** What a stream yields, as bytes. */
export function pieceOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return bytesOf(value);
  throw new TypeError(`a stream of a response yields texts and bytes, not ${typeof value}`);
}
