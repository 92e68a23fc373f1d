// Message handshake: the first frames of each connection to a message server (reference §6.6).
// The caller's own process. Used by message-connector.ts for every connection.
// Invariant: the secret itself never goes over the wire.

import { CodedError } from "../wire/coded-error.ts";
import { base64Encode } from "../wire/crypt/base64.ts";
import { hmacHash } from "../wire/crypt/hmac64.ts";
import type { FrameConnection } from "./connection.ts";
import type { Login } from "./login.ts";
import { acceptedWords } from "./server-status.ts";

/** Who speaks: a login, and under which names it was made. */
export type Identity = Login & { readonly user: string; readonly server: string };

/** base64(user)@base64(server)#base64(subid). */
export function messageUsername({ user, server, subid }: Identity): string {
  return `${base64Encode(user)}@${base64Encode(server)}#${base64Encode(subid)}`;
}

/** The text that proves who speaks: username:index:base64(hash). */
export function handshakeText(identity: Identity, index: number): string {
  const text = `${messageUsername(identity)}:${index}`;
  return `${text}:${base64Encode(hmacHash(identity.secret, text))}`;
}

/**
 * Waits for the server to accept a handshake. Fails with LOGIN_REFUSED, CALL_TIMEOUT,
 * CONNECTION_LOST, PEER_MALFORMED.
 */
export async function acceptance(connection: FrameConnection, replyMs: number): Promise<void> {
  const { peer } = connection;
  const answer = await connection.receive(replyMs);
  if (answer === undefined) {
    throw new CodedError("CONNECTION_LOST", `${peer} has ended the connection at the handshake`);
  }
  acceptedWords(peer, Buffer.from(answer).toString("utf8"));
}
