// Bytes: what is a Uint8Array, and copies of parts of one.
// Guest (and host services). Asked by every file that takes a body from an author or from the
// inbox.
// Invariant: no method or accessor of a typed array is looked up: an author's would be handed the
// turn memory.

import { CodedError } from "../wire/coded-error.ts";
import {
  SafeUint8Array,
  TypedArrayPrototypeGetBuffer as bufferOf,
  TypedArrayPrototypeGetByteOffset as byteOffsetOf,
  TypedArrayPrototypeGetName as nameOf,
  TypedArrayPrototypeSet as setBytes,
} from "../wire/primordials.ts";

export const noBytes: Uint8Array = new SafeUint8Array(0);

export function isBytes(value: unknown): value is Uint8Array {
  return nameOf(value) === "Uint8Array";
}

/** The body an author gave. Fails with ARGUMENT_INVALID when it is no Uint8Array. */
export function bodyOf(value: unknown, what: string): Uint8Array {
  if (isBytes(value)) return value;
  throw new CodedError("ARGUMENT_INVALID", `${what} needs a Uint8Array, not ${typeof value}`);
}

/** A copy of the bytes in [from, to). */
export function copyBytes(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new SafeUint8Array(to - from);
  putBytes(copy, 0, bytes, { from, to });
  return copy;
}

/** Copies the bytes in [from, to) of `source` to `at`. */
export function putBytes(
  into: Uint8Array,
  at: number,
  source: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  setBytes(into, new SafeUint8Array(bufferOf(source), byteOffsetOf(source) + from, to - from), at);
}
