// Server status: the answers of login and message servers that are a number and words (reference
// §6.4, §6.6).
// Pure. Read by login.ts and message-handshake.ts.
// Invariant: a refusal is LOGIN_REFUSED with the number as `remoteCode`; what is no status is
// PEER_MALFORMED.

import { base64Decode } from "../wire/crypt/base64.ts";
import { CodedError } from "../wire/coded-error.ts";

/** What a refused handshake's `remoteCode` can be, with what it means. */
const statusMeanings: Readonly<Record<string, string>> = {
  "400": "index or hash of the handshake cannot be read",
  "401": "the secret, the token or the password is not the right one",
  "403": "forbidden: by the login server's policy, or because the index was used",
  "404": "nobody is logged in under this name",
  "406": "another login of this user goes on",
};

const statusPattern = /^(\d{3})(?: (.*))?$/s;
const shownCharsMax = 40;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The words behind 200. Fails with LOGIN_REFUSED, PEER_MALFORMED. */
export function acceptedWords(peer: string, line: string): string {
  const [, status = "", words = ""] = statusPattern.exec(line) ?? [];
  if (status === "") throw malformed(peer, `a status was to come, not ${shown(line)}`);
  if (status !== "200") throw refused(peer, status, words);
  return words;
}

/** A line of base64 of so many bytes, where a refusal may come instead. Fails as above. */
export function acceptedBytes(peer: string, line: string, count: number): Uint8Array {
  if (statusPattern.test(line)) acceptedWords(peer, line);
  const bytes = strictBase64(peer, line);
  if (bytes.length === count) return bytes;
  throw malformed(peer, `${count} bytes in base64 were to come, not ${bytes.length}`);
}

/** Fails with PEER_MALFORMED for all that is not base64 with its padding. */
export function strictBase64(peer: string, text: string): Uint8Array {
  if (base64Pattern.test(text)) return base64Decode(text);
  throw malformed(peer, `base64 was to come, not ${shown(text)}`);
}

export function malformed(peer: string, why: string): CodedError {
  return new CodedError("PEER_MALFORMED", `${peer}: ${why}`);
}

function refused(peer: string, status: string, words: string): CodedError {
  const meaning = statusMeanings[status] ?? "a status of its own";
  const text = `${peer} has refused: ${status} ${shown(words)}: ${meaning}`;
  return new CodedError("LOGIN_REFUSED", text, status);
}

/** A stranger's words, for a person's terminal. */
function shown(text: string): string {
  const cut = text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text;
  return JSON.stringify(cut);
}
