// Crypt input: what the functions of this folder are given, as bytes, or CRYPT_INVALID.
// Pure; host, clients, and guests through the library "isonet/crypt". A library is a module of the
// author's own, in the author's realm, so nothing in this folder needs the primordials.
// Invariant: what is returned is read, never written: it may be the caller's own array.

import { CodedError } from "../coded-error.ts";
import { utf8Length, writeUtf8 } from "../utf8.ts";

/** Bytes, or a text that stands for its UTF-8. */
export type BytesOrText = Uint8Array | string;

/** `what` names the function and its argument, as in "desEncode: the key". */
export function cryptBytes(what: string, value: BytesOrText): Uint8Array {
  if (typeof value === "string") {
    const bytes = new Uint8Array(utf8Length(value));
    writeUtf8(value, bytes, 0);
    return bytes;
  }
  if (value instanceof Uint8Array) return value;
  throw cryptInvalid(`${what} is a string or a Uint8Array, not ${describe(value)}`);
}

/** The bytes of a 64-bit number: keys, challenges and secrets all have eight. */
export function cryptKey(what: string, value: BytesOrText): Uint8Array {
  const bytes = cryptBytes(what, value);
  if (bytes.length === 8) return bytes;
  throw cryptInvalid(`${what} has ${bytes.length} bytes; it must have 8`);
}

export function cryptInvalid(text: string): CodedError {
  return new CodedError("CRYPT_INVALID", text);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
