// Coded error: an expected failure, recognised by its code. Neutral: host and guest.
// The text is for people and says what, which, actual and allowed; programs match on `code`.

import { errorCodes, type ErrorCode } from "./error-codes.ts";

export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  /** The `code` property of the error a remote handler threw, if it had one. */
  readonly remoteCode: string | undefined;

  constructor(code: ErrorCode, text: string, remoteCode?: string) {
    super(text);
    this.code = code;
    this.remoteCode = remoteCode;
  }
}

/**
 * The error that a host service's handler threw, under its own code, from what its caller got
 * (REMOTE_FAULT).
 */
export function asThrown(error: unknown): unknown {
  if (!(error instanceof CodedError) || error.code !== "REMOTE_FAULT") return error;
  const { remoteCode, message } = error;
  const isOurs = remoteCode !== undefined && Object.hasOwn(errorCodes, remoteCode);
  return isOurs ? new CodedError(remoteCode as ErrorCode, message) : error;
}
