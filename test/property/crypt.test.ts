// Crypt: beside node:crypto, and there and back.
// Property test of wire/crypt. fast-check prints the seed and the shortest failing run.
// Invariant: digests and ciphers are the standards'; decoding gives what was encoded; a stranger's
// text gives bytes or CRYPT_INVALID.

import * as crypto from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCodedError } from "../../wire/coded-error.ts";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { desDecode, desEncode, padding, type Padding } from "../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../wire/crypt/diffie-hellman.ts";
import { hexDecode, hexEncode } from "../../wire/crypt/hex.ts";
import { hmac64Md5 } from "../../wire/crypt/hmac64.ts";
import { hmacMd5, md5Sum } from "../../wire/crypt/md5.ts";
import { randomKey } from "../../wire/crypt/random-key.ts";
import { hmacSha1, sha1 } from "../../wire/crypt/sha1.ts";
import { xorStr } from "../../wire/crypt/xor.ts";

const own = (content: Uint8Array): Uint8Array => Uint8Array.from(content);
const data = fc.uint8Array({ maxLength: 300 }).map(own);
const key = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(own);
const nonZeroKey = key.filter((bytes) => bytes.some((byte) => byte !== 0));
const mode = fc.constantFrom<Padding>(padding.iso7816_4, padding.pkcs7);
const bytesOf = (buffer: Buffer): Uint8Array => Uint8Array.from(buffer);

const hash = (name: string, bytes: Uint8Array): Uint8Array =>
  bytesOf(crypto.createHash(name).update(bytes).digest());
const keyed = (name: string, secret: Uint8Array, bytes: Uint8Array): Uint8Array =>
  bytesOf(crypto.createHmac(name, secret).update(bytes).digest());

/** Triple DES with three times the same key is DES, which OpenSSL 3 offers no more by itself. */
function des(secret: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = crypto.createCipheriv(
    "des-ede3-ecb",
    Buffer.concat([secret, secret, secret]),
    null,
  );
  cipher.setAutoPadding(false);
  return bytesOf(Buffer.concat([cipher.update(blocks), cipher.final()]));
}

function padded(bytes: Uint8Array, way: Padding): Uint8Array {
  const added = 8 - (bytes.length % 8);
  const tail = new Uint8Array(added).fill(way === padding.pkcs7 ? added : 0);
  if (way === padding.iso7816_4) tail[0] = 0x80;
  return Uint8Array.from([...bytes, ...tail]);
}

/** What reading gave: the kind of value, or the code of the error. */
function outcomeOf(read: () => Uint8Array): string {
  try {
    return read().constructor.name;
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
}

describe("digests", () => {
  test("are node:crypto's for any data and key", () => {
    fc.assert(
      fc.property(data, data, (bytes, secret) => {
        expect(md5Sum(bytes)).toEqual(hash("md5", bytes));
        expect(sha1(bytes)).toEqual(hash("sha1", bytes));
        expect(hexDecode(hmacMd5(bytes, secret))).toEqual(keyed("md5", secret, bytes));
        expect(hmacSha1(secret, bytes)).toEqual(keyed("sha1", secret, bytes));
      }),
      { numRuns: 300 },
    );
  });

  test("are node:crypto's for every length around the blocks' ends", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);

      expect(md5Sum(bytes)).toEqual(hash("md5", bytes));
      expect(sha1(bytes)).toEqual(hash("sha1", bytes));
    }
  });

  test("of two numbers are MD5's halves over one another", () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const pair = [...one, ...other];
        const sum = hash("md5", Uint8Array.from([...pair, ...pair, ...pair]));

        expect(hmac64Md5(one, other)).toEqual(xorStr(sum.subarray(0, 8), sum.subarray(8)));
      }),
    );
  });
});

describe("DES", () => {
  test("is node:crypto's, padded either way, and comes back", () => {
    fc.assert(
      fc.property(key, data, mode, (secret, bytes, way) => {
        const cipher = desEncode(secret, bytes, way);

        expect(cipher).toEqual(des(secret, padded(bytes, way)));
        expect(desDecode(secret, cipher, way)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });
});

describe("texts", () => {
  test("are node:crypto's base64 and hex, and come back", () => {
    fc.assert(
      fc.property(data, (bytes) => {
        const buffer = Buffer.from(bytes);

        expect(base64Encode(bytes)).toBe(buffer.toString("base64"));
        expect(hexEncode(bytes)).toBe(buffer.toString("hex"));
        expect(base64Decode(base64Encode(bytes))).toEqual(bytes);
        expect(base64Decode(base64Encode(bytes).replace(/=+$/, ""))).toEqual(bytes);
        expect(hexDecode(hexEncode(bytes))).toEqual(bytes);
      }),
    );
  });

  test("come back from under a key", () => {
    fc.assert(
      fc.property(data, key, (bytes, secret) => {
        expect(xorStr(xorStr(bytes, secret), secret)).toEqual(bytes);
      }),
    );
  });
});

describe("the exchange of keys", () => {
  test("gives both sides one secret", () => {
    fc.assert(
      fc.property(nonZeroKey, nonZeroKey, (one, other) => {
        expect(dhSecret(dhExchange(one), other)).toEqual(dhSecret(dhExchange(other), one));
      }),
    );
  });

  test("never refuses a random key", () => {
    fc.assert(
      fc.property(key, (drawn) => {
        expect(dhExchange(randomKey(() => drawn))).toHaveLength(8);
      }),
    );
  });
});

describe("a stranger's text", () => {
  const letter = fc.constantFrom("A", "b", "4", "/", "=", "\n", "ü");
  const outcomes = ["Uint8Array", "CRYPT_INVALID"];
  const text = fc.oneof(fc.string({ unit: letter, maxLength: 20 }), fc.string(), data);

  test("gives bytes or CRYPT_INVALID", () => {
    fc.assert(
      fc.property(text, key, mode, (garbage, secret, way) => {
        expect(outcomes).toContain(outcomeOf(() => base64Decode(garbage)));
        expect(outcomes).toContain(outcomeOf(() => hexDecode(garbage)));
        expect(outcomes).toContain(outcomeOf(() => desDecode(secret, garbage, way)));
      }),
      { numRuns: 500 },
    );
  });
});
