// Crypt: Skynet's digests, ciphers and exchange of keys, as services import them.
// Guest: the library "isonet/crypt". All but the source of chance is wire/crypt.
// Invariant: nothing here keeps a key.

import { call, self } from "isonet";
import type * as Contract from "isonet/crypt";
import { makeAddress, nodeOf, wellKnown } from "../wire/address.ts";
import { base64Decode, base64Encode } from "../wire/crypt/base64.ts";
import { desDecode, desEncode, padding } from "../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../wire/crypt/diffie-hellman.ts";
import { hashKey } from "../wire/crypt/hash-key.ts";
import { hexDecode, hexEncode } from "../wire/crypt/hex.ts";
import { hmac64, hmac64Md5, hmacHash } from "../wire/crypt/hmac64.ts";
import { hmacMd5, md5Sum, md5SumHexa } from "../wire/crypt/md5.ts";
import { randomKey as randomKeyFrom, type RandomBytes } from "../wire/crypt/random-key.ts";
import { hmacSha1, sha1 } from "../wire/crypt/sha1.ts";
import { xorStr } from "../wire/crypt/xor.ts";

export { base64Decode, base64Encode, hexDecode, hexEncode, xorStr };
export { desDecode, desEncode, padding };
export { dhExchange, dhSecret };
export { hashKey, hmac64, hmac64Md5, hmacHash };
export { hmacMd5, hmacSha1, md5Sum, md5SumHexa, sha1 };

export function randomKey(source: RandomBytes = isolateBytes): Uint8Array {
  return randomKeyFrom(source);
}

/** All the chance that an isolate has of its own; a recording has it too, and replays it. */
function isolateBytes(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(Math.random() * 256));
}

/** By the address, which no service can take as it might take a name. */
export function randomBytes(count: number): Promise<Uint8Array> {
  const source = makeAddress(nodeOf(self()), wellKnown.random);
  return call(source, "lua", "bytes", count);
}

({
  base64Decode,
  base64Encode,
  hexDecode,
  hexEncode,
  xorStr,
  desDecode,
  desEncode,
  padding,
  dhExchange,
  dhSecret,
  hashKey,
  hmac64,
  hmac64Md5,
  hmacHash,
  hmacMd5,
  hmacSha1,
  md5Sum,
  md5SumHexa,
  sha1,
  randomKey,
  randomBytes,
}) satisfies typeof Contract;
