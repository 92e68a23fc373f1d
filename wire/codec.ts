// Codec: values to bytes and back, in msgpack (docs/protocol.md). Neutral: host and guest.
// A body is the values one behind the other, without an outer array; an empty body has no values.
// Guest and host write it straight into outboxes and frames.
// Invariant: what `encode` gives, `decode` reads; every other body is values or UNPACK_MALFORMED.

import { CodedError } from "./coded-error.ts";
import { frameHeaderBytes } from "./frame.ts";
import { limits } from "./limits.ts";
import { packInto } from "./pack.ts";
import {
  SafeUint8Array,
  TypedArrayPrototypeGetBuffer as bufferOf,
  TypedArrayPrototypeGetLength as lengthOf,
  TypedArrayPrototypeSet as setBytes,
} from "./primordials.ts";
import { unpack } from "./unpack.ts";

const bodyBytesMax = limits.messageBytesMax - frameHeaderBytes;
const scratchBytesMin = 4096;
const growth = 4; // few attempts, as each packs from the start, and no buffer much too large
const scratchBytesKept = 65_536; // a larger one is let go: one large body costs no memory for good
const loopBytesMax = 128;

/** Absent while an `encode` is under way: a getter that encodes in its turn gets another one. */
let scratch: Uint8Array | undefined;

/**
 * Packs `values` into bytes of their own, `bytesMax` at most.
 *
 * Takes numbers, bigints, strings, booleans, null, undefined, Uint8Array, Date, Map, Set, arrays
 * and plain objects, of which the own enumerable fields with a string key are sent. Holes of arrays
 * become undefined; an object met twice is sent twice. What a getter or a Proxy throws comes
 * through as it is.
 *
 * Fails with PACK_UNSUPPORTED, PACK_TOO_DEEP (cycles end here), PACK_TOO_MANY or MESSAGE_TOO_LARGE.
 * The text holds the path, values and items counted from 0: `value 2.pos.x`.
 */
export function encode(values: readonly unknown[], bytesMax: number = bodyBytesMax): Uint8Array {
  let buffer = scratch ?? new SafeUint8Array(scratchBytesMin);
  scratch = undefined;
  let end = encodeInto(values, buffer, 0);
  while (end === -1) {
    const size = lengthOf(buffer);
    if (size >= bytesMax) throw tooLarge(bytesMax);
    buffer = new SafeUint8Array(size * growth);
    end = encodeInto(values, buffer, 0);
  }
  if (end > bytesMax) throw tooLarge(bytesMax);
  const own = copyOf(buffer, end);
  if (lengthOf(buffer) <= scratchBytesKept) scratch = buffer;
  return own;
}

/** The first `size` bytes. A view and a copy in one go cost more than a few steps of a loop. */
function copyOf(buffer: Uint8Array, size: number): Uint8Array {
  const copy = new SafeUint8Array(size);
  if (size > loopBytesMax) setBytes(copy, new SafeUint8Array(bufferOf(buffer), 0, size));
  else for (let index = 0; index < size; index++) copy[index] = buffer[index] as number;
  return copy;
}

function tooLarge(bytesMax: number): CodedError {
  const text = `the values take more than ${bytesMax} bytes (messageBytesMax less a header)`;
  return new CodedError("MESSAGE_TOO_LARGE", text);
}

/**
 * Packs `values` into `into` from `at` on and returns the end, or -1 when they do not fit: what was
 * written is then void. Takes and refuses the same values as `encode`.
 */
export function encodeInto(values: readonly unknown[], into: Uint8Array, at: number): number {
  return packInto(values, into, at);
}

/**
 * The values packed in [from, to) of `bytes`: copies, none of them a view. `bytes` may be shared
 * memory.
 *
 * Objects have the usual prototype. Fails with UNPACK_MALFORMED alone; what it allocates is bounded
 * by the number of bytes and by packValuesMax.
 */
export function decode(bytes: Uint8Array, from = 0, to = lengthOf(bytes)): unknown[] {
  return unpack(bytes, from, to);
}
