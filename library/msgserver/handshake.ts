// Handshake: the first frame of a connection, `username:index:base64(hmac)`, and its answer
// (reference §6.6).
// Guest: part of "isonet/msgserver". Fed with a stranger's text, once for each connection.
// Invariant: the checks come in the order 404, 400, 403, 401, and only 200 changes the user.

import { base64Decode } from "../../wire/crypt/base64.ts";
import { hmacHash } from "../../wire/crypt/hmac64.ts";
import { isSameBytes } from "../../wire/same-bytes.ts";
import { luaNumber, type LuaNumber } from "./lua-number.ts";

/** What the check needs of a user who is logged in. */
export type Authorised = {
  readonly secret: Uint8Array;
  /** Index of the last handshake that was accepted; 0 at first. */
  readonly version: LuaNumber;
};

export type Verdict<U extends Authorised> =
  | { readonly status: "200 OK"; readonly user: U; readonly index: LuaNumber }
  | {
      readonly status:
        | "404 User Not Found"
        | "400 Bad Request"
        | "403 Index Expired"
        | "401 Unauthorized";
    };

/** What is behind a further colon is nobody's business, as in Skynet. */
const form = /^([^:]*):([^:]*):([^:]*)/;

export function checkHandshake<U extends Authorised>(
  text: string,
  findUser: (username: string) => U | undefined,
): Verdict<U> {
  const [, username = "", indexText = "", hmacText = ""] = form.exec(text) ?? [];
  const user = form.test(text) ? findUser(username) : undefined;
  if (user === undefined) return { status: "404 User Not Found" };
  const index = luaNumber(indexText);
  const hmac = decoded(hmacText);
  if (index === undefined || hmac === undefined) return { status: "400 Bad Request" };
  if (index <= user.version) return { status: "403 Index Expired" };
  const expected = hmacHash(user.secret, `${username}:${indexText}`);
  if (!isSameBytes(hmac, expected)) return { status: "401 Unauthorized" };
  return { status: "200 OK", user, index };
}

function decoded(base64: string): Uint8Array | undefined {
  try {
    return base64Decode(base64);
  } catch {
    return undefined; // the stranger is told 400, whatever is wrong with it
  }
}
