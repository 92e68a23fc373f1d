// Crypt: what a login costs its server in key work, and each part of it.
// The peers' lines are made beforehand; a login is everything the server itself computes.
// Run: node bench/micro/wire/crypt.ts
// Invariant: every login yields the token that was sent.

import { base64Decode, base64Encode } from "../../../wire/crypt/base64.ts";
import { desDecode, desEncode } from "../../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../../wire/crypt/diffie-hellman.ts";
import { hmac64 } from "../../../wire/crypt/hmac64.ts";
import { md5Sum } from "../../../wire/crypt/md5.ts";
import { sha1 } from "../../../wire/crypt/sha1.ts";
import { measure } from "../measure.ts";

const token = "aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=abcdef"; // 36 characters: 40 bytes of DES
const [clientKey, serverKey, challenge] = ["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"];
const theirs = dhExchange(clientKey);
const secret = dhSecret(theirs, serverKey);
const cipher = desEncode(secret, token);
const line = base64Encode(cipher);
const kibibyte = new Uint8Array(1024).fill(0x5a);

function login(): void {
  const exchanged = [dhExchange(clientKey), dhExchange(serverKey)];
  const agreed = dhSecret(exchanged[0] ?? theirs, serverKey);
  hmac64(challenge, agreed);
  const bytes = desDecode(agreed, base64Decode(line));
  if (bytes.length !== token.length) throw new Error("the token did not come through");
}

/** Repeats what takes less than the clock's step. */
function task(name: string, units: number, once: () => unknown) {
  const run = (): void => {
    for (let count = 0; count < units; count++) once();
  };
  return { name, units, run };
}

await measure("key work of a login, each", [
  task("a whole login", 10, login),
  task("dhExchange", 10, () => dhExchange(serverKey)),
  task("dhSecret", 10, () => dhSecret(theirs, serverKey)),
  task("hmac64", 100, () => hmac64(challenge, secret)),
  task("desDecode, 40 bytes", 100, () => desDecode(secret, cipher)),
  task("md5Sum, 1 KiB", 100, () => md5Sum(kibibyte)),
  task("sha1, 1 KiB", 100, () => sha1(kibibyte)),
  task("base64, 1 KiB there and back", 10, () => base64Decode(base64Encode(kibibyte))),
]);
