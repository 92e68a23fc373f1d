// Fault: the body of an error frame. Neutral: host and guest.
// u16 error number, u8 length of the author's own code, that code in ASCII, then text in UTF-8 to the end.
// Invariant: reading never fails; a body that is not a fault reads as a REMOTE_FAULT without text.

import { CodedError } from "./coded-error.ts";
import { errorCodeOf, errorCodes, errorNumber, type ErrorCode } from "./error-codes.ts";
import { limits } from "./limits.ts";
import { readUtf8, writeUtf8 } from "./utf8.ts";

const remoteCodeBytesMax = 64;

export function encodeFault(code: ErrorCode, text: string, remoteCode = ""): Uint8Array {
  const own = /^[\x20-\x7e]*$/.test(remoteCode) ? remoteCode.slice(0, remoteCodeBytesMax) : "";
  const bytes = new Uint8Array(3 + own.length + limits.faultTextBytesMax);
  bytes[0] = errorNumber(code) & 0xff;
  bytes[1] = errorNumber(code) >>> 8;
  bytes[2] = own.length;
  for (let index = 0; index < own.length; index++) bytes[3 + index] = own.charCodeAt(index);
  const start = 3 + own.length;
  const kept =
    text.length > limits.faultTextBytesMax / 3 ? text.slice(0, limits.faultTextBytesMax / 3) : text;
  const end = writeUtf8(kept, bytes, start);
  return bytes.slice(0, end);
}

export function decodeFault(body: Uint8Array): CodedError {
  if (body.length < 3) return new CodedError("REMOTE_FAULT", errorCodes.REMOTE_FAULT.text);
  const code = errorCodeOf((body[0] ?? 0) | ((body[1] ?? 0) << 8));
  const textStart = Math.min(3 + (body[2] ?? 0), body.length);
  const remoteCode = readUtf8(body, 3, textStart);
  const text = readUtf8(body, textStart, body.length);
  return new CodedError(code, text || errorCodes[code].text, remoteCode || undefined);
}
