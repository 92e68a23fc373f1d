// Coded error: an expected failure, recognised by its code. Neutral: host and guest.
// The text is for people and says what, which, actual and allowed; programs match on `code`.
// Invariant: `isCodedError` asks no prototype and no Symbol.hasInstance: an author may have changed
// both.

import { errorCodes, type ErrorCode } from "./error-codes.ts";
import { ObjectFreeze, ObjectHasOwn } from "./primordials.ts";

export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  /** The `code` property of the error a remote handler threw, if it had one. */
  readonly remoteCode: string | undefined;
  readonly #isCoded = true;

  constructor(code: ErrorCode, text: string, remoteCode?: string) {
    super(text);
    this.code = code;
    this.remoteCode = remoteCode;
  }

  static isCoded(value: unknown): value is CodedError {
    return typeof value === "object" && value !== null && #isCoded in value && value.#isCoded;
  }
}
ObjectFreeze(CodedError);
ObjectFreeze(CodedError.prototype);

/** True for a CodedError; never throws and runs no author code. */
export const isCodedError = (value: unknown): value is CodedError => CodedError.isCoded(value);

/**
 * The error that a host service's handler threw, under its own code, from what its caller got
 * (REMOTE_FAULT).
 */
export function asThrown(error: unknown): unknown {
  if (!isCodedError(error) || error.code !== "REMOTE_FAULT") return error;
  const { remoteCode, message } = error;
  const isOurs = remoteCode !== undefined && ObjectHasOwn(errorCodes, remoteCode);
  return isOurs ? new CodedError(remoteCode as ErrorCode, message) : error;
}
