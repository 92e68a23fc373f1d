// Coded error: an expected failure, recognised by its code. Neutral: host and guest.
// The text is for people and says what, which, actual and allowed; programs match on `code`.

import type { ErrorCode } from "./error-codes.ts";

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
