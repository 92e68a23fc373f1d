// User name: what a client calls itself to a message server: user, server and subid in one text.
// Guest: part of "isonet/msgserver" (msgserver.username and msgserver.userid, reference §6.6).
// Invariant: parts with "@", "#" or ":" in them survive, for each is in base64.

import { CodedError } from "../../wire/coded-error.ts";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { readUtf8 } from "../../wire/utf8.ts";

export type UserId = {
  readonly uid: string;
  readonly subid: string;
  readonly server: string;
};

const form = /^([^@]*)@([^#]*)#([^]*)$/;

export function userName(uid: string, subid: string | number | bigint, server: string): string {
  return `${base64Encode(uid)}@${base64Encode(server)}#${base64Encode(String(subid))}`;
}

/** Fails with ARGUMENT_INVALID, CRYPT_INVALID. */
export function userId(username: string): UserId {
  const found = form.exec(username);
  if (found === null) {
    throw new CodedError(
      "ARGUMENT_INVALID",
      `${JSON.stringify(username.slice(0, 100))} is no user name; it must be ` +
        "base64(uid)@base64(server)#base64(subid), as msgserver's username makes it",
    );
  }
  const [, uid = "", server = "", subid = ""] = found;
  return { uid: textIn(uid), subid: textIn(subid), server: textIn(server) };
}

function textIn(base64: string): string {
  const bytes = base64Decode(base64);
  return readUtf8(bytes, 0, bytes.length);
}
