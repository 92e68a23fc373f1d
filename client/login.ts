// Login: the conversation with Skynet's login server, from the challenge to a secret (reference
// §6.4).
// The caller's own process. One connection for one login.
// Invariant: the token leaves this process only ciphered, and only to who has the same secret; the
// connection has ended when `login` settles.

import { randomBytes } from "node:crypto";
import { CodedError } from "../wire/coded-error.ts";
import { base64Encode } from "../wire/crypt/base64.ts";
import { desEncode } from "../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../wire/crypt/diffie-hellman.ts";
import { hmac64 } from "../wire/crypt/hmac64.ts";
import { randomKey } from "../wire/crypt/random-key.ts";
import { clientLimits } from "./client-limits.ts";
import type { LineConnection } from "./connection.ts";
import { acceptedBytes, acceptedWords, malformed, strictBase64 } from "./server-status.ts";
import { connectLines, type LineOptions } from "./stream-connection.ts";

/** Who logs in where, as the token of Skynet's examples has it (reference §6.5). */
export type LoginWords = {
  readonly user: string;
  /** Name of the server to play on. */
  readonly server: string;
  readonly password: string;
};

/** Where, and who: the three words, or a token of the server's own kind. */
export type LoginOptions = LineOptions &
  (LoginWords | { readonly token: string | Uint8Array }) & {
    /** Time for each of the server's lines. */
    readonly replyMs?: number;
    /** Chance, for the key of the exchange. For tests. */
    readonly randomBytes?: (count: number) => Uint8Array;
  };

/** What a message server wants to see of who has logged in. */
export type Login = {
  /** Eight bytes. */
  readonly secret: Uint8Array;
  readonly subid: string;
};

const keyBytes = 8;

/**
 * Logs in.
 *
 * Fails with LOGIN_REFUSED, whose `remoteCode` is the status: "401" (token or key), "403" (the
 * server's policy), "406" (another login of this user goes on); with CONNECT_FAILED,
 * CONNECTION_LOST, CALL_TIMEOUT (`connectMs`, and `replyMs` for each line) and PEER_MALFORMED.
 */
export async function login(options: LoginOptions): Promise<Login> {
  const connection = await connectLines(options);
  try {
    return await converse(connection, options);
  } finally {
    await connection.close();
  }
}

/** base64(user)@base64(server):base64(password). */
export function loginToken({ user, server, password }: LoginWords): string {
  return `${base64Encode(user)}@${base64Encode(server)}:${base64Encode(password)}`;
}

async function converse(connection: LineConnection, options: LoginOptions): Promise<Login> {
  const { peer } = connection;
  const { replyMs = clientLimits.replyMs } = options;
  const challenge = acceptedBytes(peer, await nextLine(connection, replyMs), keyBytes);
  const key = randomKey(options.randomBytes ?? randomBytes);
  connection.send(base64Encode(dhExchange(key)));
  const exchanged = acceptedBytes(peer, await nextLine(connection, replyMs), keyBytes);
  if (exchanged.every((byte) => byte === 0)) throw malformed(peer, "its key is zero");
  const secret = dhSecret(exchanged, key);
  const token = "token" in options ? options.token : loginToken(options);
  connection.send(base64Encode(hmac64(challenge, secret)));
  connection.send(base64Encode(desEncode(secret, token)));
  const words = acceptedWords(peer, await nextLine(connection, replyMs));
  const subid = Buffer.from(strictBase64(peer, words)).toString("utf8");
  return { secret, subid };
}

async function nextLine(connection: LineConnection, replyMs: number): Promise<string> {
  const line = await connection.receive(replyMs);
  if (line !== undefined) return line;
  const text = `${connection.peer} has ended the connection within the login`;
  throw new CodedError("CONNECTION_LOST", text);
}
