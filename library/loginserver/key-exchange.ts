// Key exchange: the part of a login that a slave does: challenge, keys, proof and token
// (reference §6.4, lines 1 to 5).
// Guest: part of "isonet/loginserver". Fed with the lines of a stranger, one connection at a time.
// Invariant: it ends: with a token, with why the stranger is refused, or with the peer's end.

import { CodedError } from "../../wire/coded-error.ts";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { desDecode } from "../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../wire/crypt/diffie-hellman.ts";
import { hmac64 } from "../../wire/crypt/hmac64.ts";
import { isSameBytes } from "../../wire/same-bytes.ts";
import type { LoginKeys } from "./key-pool.ts";

/** The connection of one client. */
export type LinePeer = {
  /** One line without its end; undefined: the peer is gone, or sends too much. */
  readonly readLine: () => Promise<string | undefined>;
  /** False: the peer is gone. */
  readonly write: (text: string) => boolean;
};

export type KeyExchange =
  | { readonly kind: "token"; readonly token: Uint8Array; readonly secret: Uint8Array }
  /** Anything that is the client's fault: 401. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** No line can be written any more. */
  | { readonly kind: "lost" };

const keyBytes = 8;

class PeerLost extends Error {}

/** The keys are of this connection alone. */
export async function exchangeKeys(peer: LinePeer, keys: LoginKeys): Promise<KeyExchange> {
  try {
    return await exchange(peer, keys);
  } catch (error) {
    return error instanceof PeerLost ? { kind: "lost" } : { kind: "refused", error };
  }
}

async function exchange(peer: LinePeer, { challenge, serverKey }: LoginKeys): Promise<KeyExchange> {
  write(peer, challenge);
  const clientKey = base64Decode(await nextLine(peer));
  if (clientKey.length !== keyBytes)
    throw refusal(`Invalid client key: ${clientKey.length} bytes; it must have ${keyBytes}`);
  write(peer, dhExchange(serverKey));
  const secret = dhSecret(clientKey, serverKey);
  const proof = base64Decode(await nextLine(peer));
  if (!isSameBytes(proof, hmac64(challenge, secret))) throw refusal("challenge failed");
  const token = desDecode(secret, base64Decode(await nextLine(peer)));
  return { kind: "token", token, secret };
}

function write(peer: LinePeer, value: Uint8Array): void {
  if (!peer.write(`${base64Encode(value)}\n`)) throw new PeerLost();
}

async function nextLine(peer: LinePeer): Promise<string> {
  const line = await peer.readLine();
  if (line === undefined) throw new PeerLost();
  return line;
}

function refusal(text: string): CodedError {
  return new CodedError("LOGIN_REFUSED", text);
}
