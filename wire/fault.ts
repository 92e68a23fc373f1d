// Fault: the body of an error frame. Neutral: host and guest.
// u16 error number, u8 length of the author's own code, that code in ASCII, the text in UTF-8.
// Invariant: reading never fails; a body that is not a fault reads as a REMOTE_FAULT without text.

import { CodedError } from "./coded-error.ts";
import { errorCodeOf, errorCodes, errorNumber, type ErrorCode } from "./error-codes.ts";
import { limits } from "./limits.ts";
import {
  SafeUint8Array,
  StringPrototypeCharCodeAt as charCodeAt,
  StringPrototypeSlice as slice,
  TypedArrayPrototypeGetLength as lengthOf,
} from "./primordials.ts";
import { readUtf8, unitsWithin, utf8Length, writeUtf8 } from "./utf8.ts";

const headBytes = 3;
const remoteCodeBytesMax = 64;

/**
 * The text is cut to faultTextBytesMax, between characters; a code that is not printable ASCII is
 * left out.
 */
export function encodeFault(code: ErrorCode, text: string, remoteCode = ""): Uint8Array {
  const own = isPrintable(remoteCode) ? slice(remoteCode, 0, remoteCodeBytesMax) : "";
  const kept = slice(text, 0, unitsWithin(text, limits.faultTextBytesMax));
  const bytes = new SafeUint8Array(headBytes + own.length + utf8Length(kept));
  const number = errorNumber(code);
  bytes[0] = number & 0xff;
  bytes[1] = number >>> 8;
  bytes[2] = own.length;
  writeUtf8(kept, bytes, writeUtf8(own, bytes, headBytes));
  return bytes;
}

/**
 * A text that is over faultTextBytesMax all the same is cut; an empty one becomes the code's own,
 * and in an isolate, which has no copy of those, the code.
 */
export function decodeFault(body: Uint8Array): CodedError {
  const size = lengthOf(body);
  if (size < headBytes) return new CodedError("REMOTE_FAULT", errorCodes.REMOTE_FAULT.text);
  const code = errorCodeOf((body[0] as number) | ((body[1] as number) << 8));
  const textStart = least(headBytes + (body[2] as number), size);
  const remoteCode = readUtf8(body, headBytes, textStart);
  const text = readUtf8(body, textStart, least(textStart + limits.faultTextBytesMax, size));
  const isCode = remoteCode !== "" && isPrintable(remoteCode);
  return new CodedError(
    code,
    text || errorCodes[code].text || code,
    isCode ? slice(remoteCode, 0, remoteCodeBytesMax) : undefined,
  );
}

function isPrintable(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = charCodeAt(text, index);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

function least(one: number, other: number): number {
  return one < other ? one : other;
}
