// Bytes: texts as bytes and back, and bytes joined: an isolate has neither TextEncoder nor Buffer.
// Guest: the library "isonet/bytes".
// Invariant: what is given is never changed, and what is returned is the caller's own.

import { readUtf8, utf8Length, writeUtf8 } from "../wire/utf8.ts";
import type * as Contract from "isonet/bytes";

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

export function textOf(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length);
}

export function joinBytes(parts: readonly (Uint8Array | string)[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += typeof part === "string" ? utf8Length(part) : part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      at = writeUtf8(part, joined, at);
    } else {
      joined.set(part, at);
      at += part.length;
    }
  }
  return joined;
}

({ bytesOf, textOf, joinBytes }) satisfies typeof Contract;
